/**
 * `/docs`: the API as a page, made from the OpenAPI document of this process and from nothing else, so it says what is
 * validated. In: the document. Out: HTML without a script.
 */
import type { Operation, OpenApi, Parameter, Schema } from '../openapi.js';
import { html, type Markup, NOTHING, page, prose } from './html.js';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const OTHER = 'other';

export function docsPage(document: OpenApi): string {
  const calls = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): Call => ({ method: method.toUpperCase(), path, operation })));
  const tags = [...new Set(calls.map(tagOf))].map((tag) => ({ tag, calls: calls.filter((call) => tagOf(call) === tag) }));
  return page({
    title: `${document.info.title} ${document.info.version}: REST API`,
    lead: html`${(document.info.description ?? '').split('\n').map((line) => html`<p>${prose(line)}</p>`)}
<p><a href="/openapi.json">OpenAPI 3.1</a> · <a href="/docs/errors">Errors</a></p>`,
    body: html`<nav aria-label="Calls">${tags.map(({ tag, calls: own }) => html`<p><strong>${tag}</strong></p><ul>${own.map(link)}</ul>`)}</nav>
${tags.map(({ tag, calls: own }) => html`<section aria-label="${tag}"><h2>${tag}</h2>${own.map(section)}</section>`)}`,
  });
}

function tagOf({ operation }: Call): string {
  return operation.tags?.[0] ?? OTHER;
}

function link({ method, path, operation }: Call): Markup {
  return html`<li><a href="#${operation.operationId}">${method} ${path}</a></li>`;
}

function section({ method, path, operation }: Call): Markup {
  const body = operation.requestBody?.content ?? {};
  const [schema] = Object.values(body).map((media) => media.schema);
  return html`<article id="${operation.operationId}">
<h3><span class="method">${method}</span> <code>${path}</code></h3>
<p>${operation.summary}.${operation.description === undefined ? '' : ` ${operation.description}`}</p>
${parametersOf(operation.parameters ?? [])}
${schema === undefined ? NOTHING : html`<h4>Body: ${Object.keys(body).join(', ')}</h4>${fieldsOf(schema)}`}
<h4>Answers</h4>
${answersOf(operation)}
${(operation['x-codeSamples'] ?? []).map(({ source }) => html`<pre tabindex="0"><code>${source}</code></pre>`)}
</article>
`;
}

function parametersOf(parameters: readonly Parameter[]): Markup {
  if (parameters.length === 0) return NOTHING;
  return table(['parameter', 'in', 'type', 'meaning'], parameters.map(({ name, in: place, required, schema, description }) => [
    html`<code>${name}</code>`,
    html`${place}`,
    html`${typeOf(schema)}`,
    html`${required === true ? html`<em>needed.</em> ` : NOTHING}${prose(description ?? '')}`,
  ]));
}

/** The fields of an object, of the elements of a list of them, or of all parts of an intersection. */
function fieldsOf(schema: Schema): Markup {
  const fields = propertiesOf(schema);
  if (fields.length === 0) return html`<p>${typeOf(schema)}</p>`;
  return table(['field', 'type', 'meaning'], fields.map(({ name, field, needed }) => [
    html`<code>${name}</code>`,
    html`${typeOf(field)}`,
    html`${needed ? html`<em>needed.</em> ` : NOTHING}${prose(field.description ?? '')}`,
  ]));
}

interface Field {
  readonly name: string;
  readonly field: Schema;
  readonly needed: boolean;
}

function propertiesOf(schema: Schema): Field[] {
  if (schema.items !== undefined) return propertiesOf(schema.items);
  const own = Object.entries(schema.properties ?? {}).map(([name, field]) => ({ name, field, needed: schema.required?.includes(name) === true }));
  return [...(schema.allOf ?? []).flatMap(propertiesOf), ...own];
}

function answersOf({ responses }: Operation): Markup {
  const rows = Object.entries(responses).filter(([status]) => status !== 'default').map(([status, { description, content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema;
    const names = schema === undefined ? [] : propertiesOf(schema).map(({ name }) => name);
    return [html`${status}`, html`${schema?.description ?? description ?? ''}`, html`${names.map((name) => html`<code>${name}</code> `)}`];
  });
  return table(['status', 'meaning', 'fields'], [...rows, [html`4xx, 5xx`, html`a problem`, html`<a href="/docs/errors">codes</a>`]]);
}

function table(heads: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  const cell = (content: Markup): Markup => html`<td>${content}</td>`;
  return html`<div class="scroll"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}

/** One line: `whole number 1–100, else 20`. */
function typeOf(schema: Schema): string {
  const { minimum, maximum, maxLength, default: standard } = schema;
  const length = maxLength === undefined ? '' : `, up to ${maxLength.toLocaleString('en')} characters`;
  return `${kindOf(schema)}${rangeOf(minimum, maximum)}${length}${standard === undefined ? '' : `, else ${String(standard)}`}`;
}

/** ` 1–100`, ` from 1`, ` within ±1,000`. */
function rangeOf(minimum: number | undefined, maximum: number | undefined): string {
  const shown = (limit: number): string => limit.toLocaleString('en');
  if (minimum !== undefined && maximum !== undefined) return minimum < 0 && minimum === -maximum ? ` within ±${shown(maximum)}` : ` ${shown(minimum)}–${shown(maximum)}`;
  if (minimum !== undefined) return ` from ${shown(minimum)}`;
  return maximum === undefined ? '' : ` up to ${shown(maximum)}`;
}

const KINDS: Readonly<Record<string, string>> = { integer: 'whole number', string: 'text', boolean: 'true or false', array: 'list' };

function kindOf({ type, enum: words, const: word, anyOf, items, format }: Schema): string {
  if (words !== undefined) return words.map(String).join(' | ');
  if (word !== undefined) return String(word);
  if (anyOf !== undefined) return [...new Set(anyOf.map(kindOf))].join(' | ');
  if (items !== undefined) return `list of ${kindOf(items)}`;
  if (format === 'date-time') return 'time';
  return KINDS[type ?? ''] ?? type ?? 'anything';
}
