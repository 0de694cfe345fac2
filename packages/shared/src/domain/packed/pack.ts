/**
 * A history as a record (format.ts). The record is a view of memory that the next call writes again.
 * An item's name is held once for each time that the record names it. `known`: numbers of the marks' items in the record before, if there
 * is one; most of them are the same, and needn't be searched.
 */
import type { Buffer } from 'node:buffer';
import type { History, Mark, Moment } from '../history.js';
import { AT, BITS, EXPECTED, JOINED, type Kinds, OTHER, RAW, WITHOUT } from './format.js';
import { type ByteWriter, createByteWriter } from './leb128.js';
import type { Names } from './names.js';
import { highOf, lowOf } from './ref-halves.js';
import { grown } from './grown.js';

/** Differences of two whole numbers up to it are exact as zigzag, too. */
const MOST_WHOLE = 2 ** 50;
const MOST_INDEX = 2 ** 29;

export function createPack(names: Names, kinds: Kinds): (history: History, known?: readonly number[]) => Buffer {
  const writer = createByteWriter();
  const places = createPlaces(names);
  return (history, known = []) => {
    const { events, joined } = history;
    const marks = [...history.seen.values()];
    const raw = marks.every(isWhole) && events.every(isWhole) ? 0 : RAW;
    places.take(history, known);
    writer.start();
    writer.whole(events.length * 2 ** BITS + (joined === undefined ? 0 : JOINED) + raw);
    if (joined !== undefined) {
      writer.word(highOf(joined));
      writer.word(lowOf(joined));
    }
    const putMoment = raw === RAW ? rawMoments(writer) : moments(writer);
    writer.whole(marks.length);
    for (const [place, mark] of marks.entries()) {
      writer.whole(places.numberAt(place));
      putMoment(mark, Number(mark.refused));
      if (mark.refused) writer.whole(kinds.of(mark.type, 0));
    }
    let expected = marks.length - 1;
    for (const [k, event] of events.entries()) {
      const place = places.ofEvent(k);
      const isLast = place >= 0 && isSame(event, marks[place]);
      const where = whereOf(place, isLast, expected);
      writer.whole(kinds.of(event.type, event.group) * 2 ** BITS + where);
      if (where === WITHOUT) writer.whole(-1 - place);
      else if (where !== EXPECTED) writer.whole(place);
      if (!isLast) putMoment(event, 0);
      expected = (place < 0 ? expected : place) - 1;
    }
    return writer.taken();
  };
}

interface Places {
  /** Finds where everything of a history stands, and holds the names. */
  take(history: History, known: readonly number[]): void;
  /** The number of the item whose mark stands there. */
  numberAt(place: number): number;
  /** The place of the mark of the k-th event's item; below 0: it has none, and its number is −1 − this. */
  ofEvent(k: number): number;
}

function createPlaces(names: Names): Places {
  const numbers: number[] = [];
  /** By an item's number: the place of its mark in the last history that had one. */
  let placeOf = new Int32Array(1_024);
  const events: number[] = [];

  const takeMarks = (seen: History['seen'], known: readonly number[]): void => {
    numbers.length = 0;
    let next = 0;
    const isAt = (place: number, item: string): boolean => place < known.length && names.nameOf(known[place] ?? 0) === item;
    for (const item of seen.keys()) {
      // Beyond its limit a history forgets a mark.
      const place = isAt(next, item) ? next : next + 1;
      const isKnown = isAt(place, item);
      if (isKnown) next = place + 1;
      const number = isKnown ? again(known[place] ?? 0) : names.hold(item);
      if (number >= placeOf.length) placeOf = widened(placeOf, number);
      placeOf[number] = numbers.push(number) - 1;
    }
  };

  const again = (number: number): number => {
    names.holdAgain(number);
    return number;
  };

  /** Mostly the last mark's, then that before it, and so on: `expected`. */
  const takeEvent = (item: string, expected: number): number => {
    if (expected >= 0 && names.nameOf(numbers[expected] ?? 0) === item) return expected;
    const number = names.find(item) ?? -1;
    const place = placeOf[number] ?? -1;
    return place >= 0 && numbers[place] === number ? place : -1 - names.hold(item);
  };

  return {
    take(history, known) {
      takeMarks(history.seen, known);
      events.length = 0;
      let expected = numbers.length - 1;
      for (const { item } of history.events) {
        const place = takeEvent(item, expected);
        events.push(place);
        expected = (place < 0 ? expected : place) - 1;
      }
    },
    numberAt: (place) => numbers[place] ?? 0,
    ofEvent: (k) => events[k] ?? 0,
  };
}

function widened(column: Int32Array, place: number): Int32Array<ArrayBuffer> {
  return grown(new Int32Array(2 * Math.max(place, column.length)), column);
}

type PutMoment = (moment: Moment, flag: number) => void;

function moments(writer: ByteWriter): PutMoment {
  let lastTs = 0;
  let lastSeq = 0;
  return ({ ts, seq, index }, flag) => {
    writer.whole(2 * index + flag);
    writer.difference(ts - lastTs);
    writer.difference(seq - lastSeq);
    lastTs = ts;
    lastSeq = seq;
  };
}

function rawMoments(writer: ByteWriter): PutMoment {
  return ({ ts, seq, index }, flag) => {
    writer.whole(flag);
    writer.float(index);
    writer.float(ts);
    writer.float(seq);
  };
}

function whereOf(place: number, isLast: boolean, expected: number): number {
  if (place < 0) return WITHOUT;
  if (!isLast) return OTHER;
  return place === expected ? EXPECTED : AT;
}

function isSame(a: Moment, b: Mark | undefined): boolean {
  return b !== undefined && a.ts === b.ts && a.seq === b.seq && a.index === b.index;
}

function isWhole({ ts, seq, index }: Moment): boolean {
  return isWholeNumber(ts) && isWholeNumber(seq) && isWholeNumber(index) && index >= 0 && index <= MOST_INDEX;
}

function isWholeNumber(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= MOST_WHOLE && !Object.is(value, -0);
}
