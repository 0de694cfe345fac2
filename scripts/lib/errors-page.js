/** docs/ERRORS.md, from the catalogue of problem codes: the same as `/docs/errors` of a running process. */
import { PROBLEMS } from '@freshet/shared/http/problems/catalogue';
import { whereItStands } from '@freshet/shared/http/pages/errors-page';

/** @typedef {import('@freshet/shared/http/problems/catalogue').ProblemEntry} ProblemEntry */

export function errorsPage() {
  return `# Errors

<!-- Made by \`npm run docs:generate\` from packages/shared/src/http/problems: change it there. -->

What goes wrong is answered with \`application/problem+json\` (RFC 9457). Its \`code\` is stable: match on it, not on the words; its
\`type\` is the code's place on \`/docs/errors\` of the process that answered, which says what this page says. A code beside one event
or item stands in the \`items\` of an answer, in \`GET /v1/dead-letters\` and in a job's result; its neighbours are not touched by it.
${PROBLEMS.map(section).join('')}`;
}

/** @param {ProblemEntry} problem */
function section(problem) {
  return `
## ${problem.code}

**${problem.title}.** ${[whereItStands(problem)].filter((where) => where !== '').map((where) => `*${where}.* `).join('')}${problem.means}

${problem.help}
`;
}
