/**
 * Lines of NDJSON (one JSON object a line) → objects.
 *
 * 1. A line that isn't a JSON object is marked with why; reading goes on with the next.
 */
import type { Line } from './lines.js';
import type { BadRecord, Cell, ObjectRecord } from './record.js';

export async function* readObjects(lines: AsyncIterable<readonly Line[]>): AsyncGenerator<readonly (ObjectRecord | BadRecord)[]> {
  for await (const batch of lines) yield batch.flatMap(toObject);
}

function toObject({ line, text, ended, problem }: Line): (ObjectRecord | BadRecord)[] {
  if (problem !== undefined) return [{ line, text, problem }];
  if (text.trim() === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    return [isRecord(value) ? { line, text, object: value } : { line, text, problem: 'not_an_object' }];
  } catch {
    return [{ line, text, problem: ended ? 'malformed_json' : 'half_written' }];
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Objects and lists of objects have no cell: whoever needs the field counts it as missing. */
export function toCell(value: unknown): Cell {
  if (value === '') return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join('|');
  return undefined;
}
