/**
 * docs/BAD_INPUT.md lists what the tables of malformed input hold, which test/pipeline/malformed-rest runs: it can't say
 * anything that isn't so. `npx vitest run --project unit bad-input -u` writes what has changed.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isProblemCode } from '@freshet/shared/http/problems/catalogue';
import { expect, test } from 'vitest';
import { AS_LINES } from '../../pipeline/malformed/event-fields.js';
import type { Expected } from '../../pipeline/malformed/row.js';
import { GROUPS } from '../../pipeline/malformed/tables.js';
import { ENDLESS, TIMEOUT_CHECK_MS, WIRE_GROUPS, type WireRow } from '../../pipeline/malformed/wire.js';

const PAGE = fileURLToPath(new URL('../../../docs/BAD_INPUT.md', import.meta.url));
const END_OF_PROSE = '-->\n';

const code = (text: string): string => `[\`${text}\`](ERRORS.md#${text})`;
const at = (pointer: string | undefined): string => (pointer === undefined || pointer === '' ? '' : ` at \`${pointer}\``);

function answerOf({ status, code: problem, pointer, items, header }: Expected): string {
  const also = header === undefined ? '' : `, \`${header[0]}: ${header[1]}\``;
  if (problem !== undefined) return `${status} ${code(problem)}${at(pointer)}${also}`;
  if (items === undefined || items.length === 0) return `${status}${also}`;
  const rejected = [...new Set(items.filter((item) => item !== 'accepted'))].map((item) => {
    const [name = '', place] = item.split(' ');
    return `${code(name)}${at(place)}`;
  });
  if (rejected.length === 0) return `${status}, accepted`;
  return `${status}, rejected: ${rejected.join(', ')}${items.includes('accepted') ? '; its neighbours accepted' : ''}`;
}

function wireAnswerOf({ statuses, code: problem, leaves }: WireRow): string {
  if (statuses.length === 0) return leaves === true ? 'nothing is taken' : 'closed';
  return `${statuses.join(', then ')}${problem === undefined ? '' : ` ${code(problem)}`}`;
}

function table(title: string, about: string, rows: readonly (readonly [string, string])[]): string {
  const cells = rows.map(([what, answer]) => `| ${what.replaceAll('|', '\\|')} | ${answer.replaceAll('|', '\\|')} |`);
  return [`### ${title}`, '', about, '', '| what | answer |', '| --- | --- |', ...cells, ''].join('\n');
}

function generated(): string {
  const rest = GROUPS.map(({ title, about, rows }) => table(title, about, rows.filter(({ name }) => !name.endsWith(AS_LINES)).map(({ name, expected }) => [name, answerOf(expected)] as const)));
  const wire = WIRE_GROUPS.map(({ title, about, rows }) => table(title, about, rows.map((row) => [row.name, wireAnswerOf(row)] as const)));
  const about = `Ended within ${TIMEOUT_CHECK_MS / 1_000} s after the limit.`;
  const endless = table('On the wire: requests without an end', about, ENDLESS.map(({ name, limitMs }) => [name, `${code('request_timeout')} after ${limitMs / 1_000} s`] as const));
  return [...rest, ...wire, endless].join('\n');
}

test('docs/BAD_INPUT.md is what the tables say', async () => {
  const page = readFileSync(PAGE, 'utf8');
  const prose = page.slice(0, page.indexOf(END_OF_PROSE) + END_OF_PROSE.length);
  await expect(`${prose}\n${generated()}`).toMatchFileSnapshot(PAGE);
});

test('the tables hold no code that the catalogue doesn’t know, and no name twice', () => {
  const expected = GROUPS.flatMap(({ rows }) => rows.map((row) => row.expected));
  const codes = [...expected.flatMap((one) => one.code ?? []), ...expected.flatMap(({ items = [] }) => items.map((item) => item.split(' ')[0] ?? '')), ...WIRE_GROUPS.flatMap(({ rows }) => rows.flatMap((row) => row.code ?? []))];
  expect([...new Set(codes)].filter((one) => one !== 'accepted' && !isProblemCode(one))).toEqual([]);
  const names = [...GROUPS, ...WIRE_GROUPS].flatMap(({ title, rows }) => rows.map(({ name }) => `${title}: ${name}`));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(300);
});
