/**
 * NDJSON (one JSON object a line) as records of selected fields.
 *
 * 1. A line that isn't a JSON object, or is longer than the limit, goes to `onBad`; reading goes on with the next.
 */
import type { Readable } from 'node:stream';
import { toError, UsageError } from '@freshet/shared/errors';
import type { Cell, ColumnRef, OnBad, TableRecord } from './record.js';

export interface JsonSource {
  readonly input: () => Readable;
  readonly wanted: readonly ColumnRef[];
  readonly onBad: OnBad;
}

const MAX_LINE = 1_048_576;

export async function* readJsonRecords(source: JsonSource): AsyncGenerator<TableRecord> {
  for await (const { record, object } of readJsonObjects(source)) {
    yield { record, cells: source.wanted.map((name) => toCell(object[String(name)])) };
  }
}

/** The objects themselves, for files whose lines are nested. */
export async function* readJsonObjects(source: Pick<JsonSource, 'input' | 'onBad'>): AsyncGenerator<{ record: number; object: Record<string, unknown> }> {
  let record = 0;
  for await (const line of readLines(source.input())) {
    record++;
    if (line.trim() === '') continue;
    const object = line.length > MAX_LINE ? 'too long' : parseObject(line);
    if (typeof object === 'string') source.onBad(object, record);
    else yield { record, object };
  }
}

function parseObject(line: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : 'not a JSON object';
  } catch {
    return 'not valid JSON';
  }
}

/** Objects and lists of objects have no cell: whoever needs the field counts it as missing. */
function toCell(value: unknown): Cell {
  if (value === '') return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join('|');
  return undefined;
}

async function* readLines(input: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE + 1); // a longer line is refused whole; its head is enough to know
      yield* lines;
    }
  } catch (thrown) {
    throw new UsageError('file_unreadable', `the file breaks off: ${toError(thrown).message}`, { cause: thrown });
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
