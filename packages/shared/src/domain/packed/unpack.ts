/**
 * Reads records of histories (format.ts), whole or in part.
 *
 * 1. `history` gives what was packed, in the same order.
 * 2. `release` releases each name as often as the record holds it.
 */
import type { Buffer } from 'node:buffer';
import type { UserRef } from '../event.js';
import type { History, Mark, Moment } from '../history.js';
import { AT, BITS, EXPECTED, JOINED, type Kinds, OTHER, RAW, WHERE, WITHOUT } from './format.js';
import { type ByteReader, createByteReader } from './leb128.js';
import type { Names } from './names.js';
import { refOf } from './ref-halves.js';

/** What can be said of a history without opening it. */
export interface HistoryOutline {
  readonly events: number;
  readonly joined: boolean;
}

/** Each of the record that begins at `at`. */
export interface Unpacking {
  history(bytes: Buffer, at: number): History;
  outline(bytes: Buffer, at: number): HistoryOutline;
  joined(bytes: Buffer, at: number): UserRef | undefined;
  /** Numbers of the marks' items, until the next call. */
  numbers(bytes: Buffer, at: number): readonly number[];
  /** The record goes. */
  release(bytes: Buffer, at: number): void;
}

export function createUnpacking(names: Names, kinds: Kinds): Unpacking {
  const reader = createByteReader();
  const moments = createMoments(reader);
  const numbers: number[] = [];
  const readHistory = createReadHistory({ names, kinds, reader, moments });

  /** The next thing read is the joined reference, if there is one. */
  const begin = (bytes: Buffer, at: number): number => {
    reader.start(bytes, at);
    const flags = reader.whole();
    moments.start(flags);
    return flags;
  };

  const readJoined = (flags: number): UserRef | undefined => {
    if ((flags & JOINED) === 0) return undefined;
    const high = reader.word();
    return refOf(high, reader.word());
  };

  return {
    history(bytes, at) {
      const flags = begin(bytes, at);
      const joined = readJoined(flags);
      const history = readHistory(flags >>> BITS);
      if (joined !== undefined) history.joined = joined;
      return history;
    },
    outline(bytes, at) {
      const flags = begin(bytes, at);
      return { events: flags >>> BITS, joined: (flags & JOINED) !== 0 };
    },
    joined: (bytes, at) => readJoined(begin(bytes, at)),
    numbers(bytes, at) {
      readJoined(begin(bytes, at));
      numbers.length = 0;
      for (let left = reader.whole(); left > 0; left--) {
        numbers.push(reader.whole());
        if (moments.next() === 1) reader.whole();
      }
      return numbers;
    },
    release(bytes, at) {
      const flags = begin(bytes, at);
      readJoined(flags);
      for (let left = reader.whole(); left > 0; left--) {
        names.release(reader.whole());
        if (moments.next() === 1) reader.whole();
      }
      for (let left = flags >>> BITS; left > 0; left--) {
        const where = reader.whole() & WHERE;
        if (where === WITHOUT) names.release(reader.whole());
        else if (where !== EXPECTED) reader.whole();
        if (where >= OTHER) moments.next();
      }
    },
  };
}

interface Parts {
  readonly names: Names;
  readonly kinds: Kinds;
  readonly reader: ByteReader;
  readonly moments: Moments;
}

/** Reads marks and then so many events. */
function createReadHistory({ names, kinds, reader, moments }: Parts): (events: number) => History {
  const items: string[] = [];
  const marks: Mark[] = [];

  const readMark = (history: History): void => {
    const item = names.nameOf(reader.whole());
    const refused = moments.next() === 1;
    const { ts, seq, index } = moments.now;
    const mark: Mark = refused ? { ts, seq, index, refused, type: kinds.typeOf(reader.whole()) } : { ts, seq, index, refused };
    if (refused) history.refusals++;
    history.seen.set(item, mark);
    items.push(item);
    marks.push(mark);
  };

  /** `expected`: the place of its mark, if nothing else is said. Returns the place. */
  const readEvent = (history: History, expected: number): number => {
    const head = reader.whole();
    const where = head & WHERE;
    const place = where === AT || where === OTHER ? reader.whole() : expected;
    const item = where === WITHOUT ? names.nameOf(reader.whole()) : (items[place] ?? '');
    if (where >= OTHER) moments.next();
    const { ts, seq, index } = where >= OTHER ? moments.now : (marks[place] ?? moments.now);
    const kind = head >>> BITS;
    history.events.push({ ts, seq, index, item, group: kinds.groupOf(kind), type: kinds.typeOf(kind) });
    return place;
  };

  return (events) => {
    const history: History = { events: [], seen: new Map(), refusals: 0 };
    for (let left = reader.whole(); left > 0; left--) readMark(history);
    let expected = marks.length - 1;
    for (let left = events; left > 0; left--) expected = readEvent(history, expected) - 1;
    // Nothing of a shopper stays behind here.
    items.length = 0;
    marks.length = 0;
    return history;
  };
}

interface Moments {
  start(flags: number): void;
  /** Moves `now` on to the next moment; returns its flag. */
  next(): number;
  readonly now: Moment;
}

function createMoments(reader: ByteReader): Moments {
  const now = { ts: 0, seq: 0, index: 0 };
  let isRaw = false;
  return {
    now,
    start(flags) {
      now.ts = 0;
      now.seq = 0;
      isRaw = (flags & RAW) !== 0;
    },
    next() {
      const head = reader.whole();
      if (isRaw) {
        now.index = reader.float();
        now.ts = reader.float();
        now.seq = reader.float();
        return head;
      }
      now.index = head >>> 1;
      now.ts += reader.difference();
      now.seq += reader.difference();
      return head & 1;
    },
  };
}
