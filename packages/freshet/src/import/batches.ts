/**
 * Rows of a file → requests' bodies, in the file's order.
 *
 * 1. Where a batch ends depends on the file alone: a resumed import sends the same batches again.
 * 2. A batch is within a request's limits, and carries what was left out before its end, so that all up to `end` is
 *    settled when its answer is there.
 * 3. Rows up to `from` are read (presets remember earlier ones) and not sent.
 */
import { REQUEST_BYTES, REQUEST_ITEMS } from '@freshet/ingest/config';
import type { LeftOut } from '../files/raw-event.js';
import type { Origin } from '../files/record.js';
import type { Rejection } from './account.js';
import { isAfter, type Position } from './position.js';

/** A row that is sent. */
export type Entry = Origin & Position;

export interface Encoded {
  /** JSON. */
  readonly body: string;
  readonly notes: readonly Rejection[];
}

export interface Batch {
  readonly bodies: readonly string[];
  /** Beside `bodies`. */
  readonly entries: readonly Entry[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly Rejection[];
  readonly end: Position;
}

export interface BatchOptions<E extends Entry> {
  readonly encode: (entry: E) => Encoded;
  readonly from: Position;
  /** End with the first row that can't be read. */
  readonly strict: boolean;
}

/** Left-out rows that a batch carries at most, and their characters. */
const LEFT_OUT_ROWS = 2_000;
const LEFT_OUT_CHARS = 4 * 1024 * 1024;
/** The brackets around, a comma behind each. */
const FRAME_BYTES = 2;

export async function* makeBatches<E extends Entry>(rows: AsyncIterable<readonly (E | LeftOut)[]>, { encode, from, strict }: BatchOptions<E>): AsyncGenerator<Batch> {
  const draft = createDraft(from);
  for await (const some of rows) {
    for (const row of some) {
      const encoded = isLeftOut(row) ? undefined : encode(row);
      if (!isAfter(row, from)) continue;
      if (isLeftOut(row)) {
        draft.leaveOut(row);
        if (strict && !row.byRule) {
          yield draft.take();
          return;
        }
      } else if (encoded !== undefined) {
        const bytes = Buffer.byteLength(encoded.body) + 1;
        if (bytes + FRAME_BYTES > REQUEST_BYTES) draft.leaveOut(tooLarge(row));
        else {
          if (!draft.hasRoom(bytes)) yield draft.take();
          draft.add(row, encoded, bytes);
        }
      }
      if (draft.isFull()) yield draft.take();
    }
  }
  if (!draft.isEmpty()) yield draft.take();
}

function isLeftOut(row: Entry | LeftOut): row is LeftOut {
  return 'reason' in row;
}

function tooLarge({ line, text, part }: Entry): LeftOut {
  return { line, text, part, code: 'too_large', reason: `larger than a request may be (${REQUEST_BYTES} bytes)`, byRule: false };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer V)[] ? V[] : T[K] };

function createDraft(from: Position) {
  const begin = (end: Position): Mutable<Batch> => ({ bodies: [], entries: [], leftOut: [], notes: [], end });
  let batch = begin(from);
  let bytes = FRAME_BYTES;
  let chars = 0;
  return {
    hasRoom: (more: number): boolean => bytes + more <= REQUEST_BYTES,
    isFull: (): boolean => batch.bodies.length >= REQUEST_ITEMS || batch.leftOut.length >= LEFT_OUT_ROWS || chars >= LEFT_OUT_CHARS,
    isEmpty: (): boolean => batch.bodies.length === 0 && batch.leftOut.length === 0,
    add(entry: Entry, { body, notes }: Encoded, size: number): void {
      batch.bodies.push(body);
      batch.entries.push(entry);
      batch.notes.push(...notes);
      batch.end = { line: entry.line, part: entry.part };
      bytes += size;
    },
    leaveOut(row: LeftOut): void {
      batch.leftOut.push(row);
      batch.end = { line: row.line, part: row.part };
      chars += row.text.length;
    },
    take(): Batch {
      const taken = batch;
      batch = begin(taken.end);
      bytes = FRAME_BYTES;
      chars = 0;
      return taken;
    },
  };
}
