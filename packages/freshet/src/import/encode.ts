/**
 * One row → the JSON of one event or item.
 *
 * 1. An event without an id of its own is named by its file's key and its line, so that sending it again is recognised.
 */
import { changeOf, type ItemRow } from '../files/item-rows.js';
import { PROBLEMS } from '../files/problem.js';
import type { EventRow } from '../files/raw-event.js';
import type { Encoded } from './batches.js';
import type { Rejection } from './account.js';
import type { Position } from './position.js';

const NO_NOTES: readonly Rejection[] = [];

/** For the rows of one file, in its order. */
export function createEventEncoder(key: string): (row: EventRow) => Encoded {
  let latest = Number.NEGATIVE_INFINITY;
  return (row) => {
    const { event } = row;
    const json = JSON.stringify(event);
    const body = event.id === undefined ? `{"id":"${rowId(key, row)}",${json.slice(1)}` : json;
    if (event.timestamp === undefined || event.timestamp >= latest) {
      latest = event.timestamp ?? latest;
      return { body, notes: NO_NOTES };
    }
    return { body, notes: [{ ...OUT_OF_ORDER, line: row.line, text: row.text }] };
  };
}

/** Characters that JSON has to escape don't occur in it. */
export function rowId(key: string, { line, part }: Position): string {
  return part === 1 ? `${key}-${line}` : `${key}-${line}.${part}`;
}

const OUT_OF_ORDER = { code: 'out_of_order', pointer: '', by: 'reader', detail: 'earlier than a row before it (learned in the file’s order all the same: sort the file by time)' } as const;

export function encodeItem(row: ItemRow): Encoded {
  const body = JSON.stringify({ id: row.id, op: changeOf(row.document), ...row.document });
  return { body, notes: row.notes.map((code) => ({ line: row.line, text: row.text, code, pointer: '', by: 'reader', detail: PROBLEMS[code] })) };
}
