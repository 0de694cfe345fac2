/** `/docs/errors`: every code with what it means and what to do; the `type` of a problem points into it. */
import { PROBLEMS, type ProblemEntry } from '../problems/catalogue.js';
import { html, type Markup, page, prose } from './html.js';

export function errorsPage(): string {
  return page({
    title: 'Errors',
    lead: html`<p>Errors are <code>application/problem+json</code> (RFC 9457). Their <code>code</code> is stable: match on it, not on the words. <a href="/docs">All calls</a></p>`,
    body: html`<nav aria-label="Codes"><ul>${PROBLEMS.map(({ code }) => html`<li><a href="#${code}"><code>${code}</code></a></li>`)}</ul></nav>
${PROBLEMS.map(section)}`,
  });
}

function section(problem: ProblemEntry): Markup {
  return html`<section id="${problem.code}">
<h2><code>${problem.code}</code></h2>
<p><strong>${problem.title}.</strong> <span class="soft">${whereItStands(problem)}</span></p>
<p>${prose(problem.means)}</p>
<p>${prose(problem.help)}</p>
</section>
`;
}

/** `422, or beside one item`; docs/ERRORS.md says the same. */
export function whereItStands({ statuses, item }: ProblemEntry): string {
  const beside = item === true ? ['beside one event or item'] : [];
  return [...statuses.map((status) => `HTTP ${status}`), ...beside].join(', or ');
}
