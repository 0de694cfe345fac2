/**
 * A request's bytes → the values in it. JSON: one array, or a single value. NDJSON: a value a line.
 *
 * 1. What can be laid to one value costs only that one: a broken line, bytes in it that are not UTF-8.
 * 2. Plain `JSON.parse`: cleaning copies named fields only, so keys like `__proto__` end there.
 */
import { HttpProblem } from '@freshet/shared/http/problem';
import { isDamaged, readText, readUtf8 } from '@freshet/shared/http/text';
import { isTooDeep } from '../clean/nesting.js';
import type { Problem } from '../clean/problem.js';
import { REQUEST_ITEMS } from '../config.js';
import type { Sent } from '../intake.js';

export const JSON_TYPE = 'application/json';
export const NDJSON_TYPES: readonly string[] = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

const NOT_JSON: Problem = { code: 'malformed_json', pointer: '', detail: 'The line is not JSON.' };
const NOT_UTF8: Problem = { code: 'invalid_utf8', pointer: '', detail: 'This has bytes that are not UTF-8.' };

export function parseMany(body: Buffer, mediaType: string): readonly Sent[] {
  const { text, utf8 } = readText(body);
  const sent = NDJSON_TYPES.includes(mediaType) ? parseLines(text) : parseArray(text, utf8);
  if (sent.length > REQUEST_ITEMS) throw new HttpProblem(413, 'too_many_items', `The request has more than ${REQUEST_ITEMS} items; send it in parts.`);
  return utf8 ? sent : sent.map(withoutDamage);
}

export function parseOne(body: Buffer): unknown {
  return parseText(readUtf8(body));
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new HttpProblem(400, 'malformed_json', `The body is not JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`, { cause });
  }
}

function parseArray(text: string, utf8: boolean): readonly Sent[] {
  const parsed = parseText(text);
  if (!Array.isArray(parsed) && !utf8) throw new HttpProblem(400, 'invalid_utf8', NOT_UTF8.detail);
  return Array.isArray(parsed) ? parsed.map((value: unknown) => ({ value })) : [{ value: parsed }];
}

/** Ends with the first line too many: the rest would be parsed for nothing. */
function parseLines(text: string): readonly Sent[] {
  const sent: Sent[] = [];
  for (let start = 0; start < text.length && sent.length <= REQUEST_ITEMS; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, end);
    if (line.trim() !== '') sent.push(parseLine(line));
    start = end + 1;
  }
  return sent;
}

function parseLine(line: string): Sent {
  try {
    return { value: JSON.parse(line) as unknown };
  } catch {
    return { problem: isDamaged(line) ? NOT_UTF8 : NOT_JSON, text: line };
  }
}

/** Of a request that isn't all UTF-8. A value that is too deep is refused for that, by who takes it in. */
function withoutDamage(one: Sent): Sent {
  if (!('value' in one) || isTooDeep(one.value)) return one;
  const text = JSON.stringify(one.value);
  return isDamaged(text) ? { problem: NOT_UTF8, text } : one;
}
