/** A request's bytes → the values in it. JSON: one array, or a single value. NDJSON: a value a line. */
import { HttpProblem } from '@freshet/shared/http/problem';
import { REQUEST_ITEMS } from '../config.js';
import type { Sent } from '../intake.js';

export const JSON_TYPE = 'application/json';
export const NDJSON_TYPES: readonly string[] = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

export function parseMany(body: Buffer, mediaType: string): readonly Sent[] {
  const sent = NDJSON_TYPES.includes(mediaType) ? parseLines(body.toString('utf8')) : parseArray(body);
  if (sent.length > REQUEST_ITEMS) throw new HttpProblem(413, 'too_many_items', `The request has ${sent.length} items; at most ${REQUEST_ITEMS} fit in one.`);
  return sent;
}

/** Plain `JSON.parse`: cleaning copies named fields only, so keys like `__proto__` end here. */
export function parseOne(body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    // RFC 8259 lets a parser ignore a byte order mark.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as unknown;
  } catch (cause) {
    throw new HttpProblem(400, 'malformed_json', `The body is not JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`, { cause });
  }
}

function parseArray(body: Buffer): readonly Sent[] {
  const parsed = parseOne(body);
  return Array.isArray(parsed) ? parsed.map((value: unknown) => ({ value })) : [{ value: parsed }];
}

function parseLines(text: string): readonly Sent[] {
  return text.split('\n').flatMap((line): Sent[] => {
    if (line.trim() === '') return [];
    try {
      return [{ value: JSON.parse(line) as unknown }];
    } catch {
      return [{ problem: { code: 'malformed_json', pointer: '', detail: 'The line is not JSON.' }, text: line }];
    }
  });
}
