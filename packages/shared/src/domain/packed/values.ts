/**
 * An item's brand, categories, price or attribute in a few bytes.
 *
 * ```
 * n << 3 | SHARED_TEXT, SHARED_LIST: number of a dictionary's value     TEXT, then the text     LIST: n texts     FLAG: n is 1 for true
 * WHOLE: n     HUNDREDTHS: n / 100, as prices are     FLOAT, then 64 bits: every other number
 * ```
 * What comes out is what went in; a list that is shared is one object for all, which nobody may change.
 */
import type { ItemFields } from '../entry.js';
import { createDictionary, NOT_SHARED } from './dictionary.js';
import type { ByteReader, ByteWriter } from './leb128.js';
import { readText, skipText, writeText } from './texts.js';

export type Value = NonNullable<ItemFields['attributes']>[string];

/** Of one field; `Of` is what was written. */
export interface Values<Of extends Value> {
  write(value: Of): void;
  read(): Of;
  skip(): void;
}

const SHARED_TEXT = 0;
const TEXT = 1;
const LIST = 2;
const WHOLE = 3;
const HUNDREDTHS = 4;
const FLOAT = 5;
const FLAG = 6;
const SHARED_LIST = 7;
/** A head is a multiple of it and what kind the value is. */
const KINDS = 8;
/** Whole numbers that are written as such are below: what a head holds is exact. */
const MOST_WHOLE = 2 ** 50;
/** Texts and, in JSON, lists that are shared. With the longest of all of them a dictionary has some 50 MB. */
export const SHARED_TEXTS = { most: 65_536, chars: 64 } as const;
export const SHARED_LISTS = { most: 65_536, chars: 256 } as const;

export function createValues<Of extends Value>(writer: ByteWriter, reader: ByteReader): Values<Of> {
  const texts = createDictionary<string>(SHARED_TEXTS);
  const lists = createDictionary<readonly string[]>(SHARED_LISTS);

  const writeHead = (n: number, kind: number): void => writer.whole(n * KINDS + kind);

  const writeShort = (text: string): void => {
    const number = texts.numberOf(text, () => text);
    if (number !== NOT_SHARED) {
      writeHead(number, SHARED_TEXT);
      return;
    }
    writeHead(0, TEXT);
    writeText(writer, text);
  };

  /** The same text for all lists that have it: it is compared sooner. */
  const shared = (text: string): string => {
    const number = texts.numberOf(text, () => text);
    return number === NOT_SHARED ? text : texts.valueOf(number);
  };

  const writeList = (list: readonly string[]): void => {
    const number = lists.numberOf(JSON.stringify(list), () => list.map(shared));
    if (number !== NOT_SHARED) {
      writeHead(number, SHARED_LIST);
      return;
    }
    writeHead(list.length, LIST);
    for (const text of list) writeText(writer, text);
  };

  const writeNumber = (value: number): void => {
    const hundredths = Math.round(100 * value);
    if (Object.is(Math.floor(value), value) && isSmall(value)) writeHead(value, WHOLE);
    else if (isSmall(hundredths) && Object.is(hundredths / 100, value)) writeHead(hundredths, HUNDREDTHS);
    else {
      writeHead(0, FLOAT);
      writer.float(value);
    }
  };

  const readList = (length: number): readonly string[] => Array.from({ length }, () => readText(reader));

  const read = (): Value => {
    const head = reader.whole();
    const kind = head % KINDS;
    const n = (head - kind) / KINDS;
    if (kind === SHARED_TEXT) return texts.valueOf(n);
    if (kind === SHARED_LIST) return lists.valueOf(n);
    if (kind === TEXT) return readText(reader);
    if (kind === LIST) return readList(n);
    if (kind === WHOLE) return n;
    if (kind === HUNDREDTHS) return n / 100;
    return kind === FLOAT ? reader.float() : n === 1;
  };

  return {
    write(value: Value) {
      if (typeof value === 'number') writeNumber(value);
      else if (typeof value === 'boolean') writeHead(Number(value), FLAG);
      else if (typeof value === 'string') writeShort(value);
      else writeList(value);
    },
    // The kind of value that was written is the kind that is read.
    read: () => read() as Of,
    skip() {
      const head = reader.whole();
      const kind = head % KINDS;
      if (kind === TEXT) skipText(reader);
      else if (kind === FLOAT) reader.skip(8);
      else if (kind === LIST) for (let left = (head - kind) / KINDS; left > 0; left--) skipText(reader);
    },
  };
}

/** −0 isn't among them: it is no whole number that LEB128 has. */
function isSmall(value: number): boolean {
  return value >= 0 && value < MOST_WHOLE && !Object.is(value, -0);
}
