/**
 * Numbers, texts and lists of 32-bit words as bytes, and back. Reading behind the end sets a flag instead of throwing: `isAtEnd` is
 * false then, and what was read is worth nothing.
 */
import { Buffer } from 'node:buffer';

export interface ByteWriter {
  /** 0 to 255. */
  byte(value: number): void;
  /** A whole number from 0 to 2^53 − 1, as LEB128. */
  number(value: number): void;
  /** 32 bits, unsigned. */
  word(value: number): void;
  double(value: number): void;
  /** 16 hex digits as 8 bytes. */
  hex(digits: string): void;
  words(values: readonly number[]): void;
  text(value: string): void;
  bytes(): Buffer;
}

export interface ByteReader {
  byte(): number;
  number(): number;
  word(): number;
  double(): number;
  hex(): string;
  words(): readonly number[];
  /** Undefined when it isn't UTF-8 of the length it says. */
  text(): string | undefined;
  /** Everything was read, and nothing behind it. */
  isAtEnd(): boolean;
}

const START_BYTES = 256;
const HEX_BYTES = 8;
/** Of 2^53. */
const MOST_NUMBER_BYTES = 8;

export function createWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(START_BYTES);
  let at = 0;
  /** Makes room first: `write` must see the buffer that has it. */
  const put = (count: number, write: (into: Buffer, from: number) => void): void => {
    if (at + count > buffer.length) buffer = Buffer.concat([buffer.subarray(0, at)], 2 * (at + count));
    write(buffer, at);
    at += count;
  };
  const out: ByteWriter = {
    byte: (value) => put(1, (into, from) => into.writeUInt8(value, from)),
    number(value) {
      let left = value;
      for (; left > 0x7f; left = Math.floor(left / 0x80)) out.byte((left % 0x80) | 0x80);
      out.byte(left);
    },
    word: (value) => put(4, (into, from) => into.writeUInt32LE(value, from)),
    double: (value) => put(8, (into, from) => into.writeDoubleLE(value, from)),
    hex: (digits) => put(HEX_BYTES, (into, from) => into.write(digits, from, 'hex')),
    words(values) {
      out.number(values.length);
      for (const value of values) out.word(value);
    },
    text(value) {
      const utf8 = Buffer.from(value);
      out.number(utf8.length);
      put(utf8.length, (into, from) => utf8.copy(into, from));
    },
    bytes: () => buffer.subarray(0, at),
  };
  return out;
}

export function createReader(buffer: Buffer): ByteReader {
  let at = 0;
  let failed = false;
  /** Where `count` bytes stand; undefined behind the end. */
  const take = (count: number): number | undefined => {
    failed ||= at + count > buffer.length;
    if (failed) return undefined;
    return (at += count) - count;
  };
  const taken = <T>(count: number, read: (from: number) => T, otherwise: T): T => {
    const from = take(count);
    return from === undefined ? otherwise : read(from);
  };
  const reader: ByteReader = {
    byte: () => taken(1, (from) => buffer.readUInt8(from), 0),
    number() {
      let value = 0;
      for (let place = 0, factor = 1; place < MOST_NUMBER_BYTES; place++, factor *= 0x80) {
        const byte = reader.byte();
        value += (byte & 0x7f) * factor;
        if (byte < 0x80) return value;
      }
      failed = true;
      return 0;
    },
    word: () => taken(4, (from) => buffer.readUInt32LE(from), 0),
    double: () => taken(8, (from) => buffer.readDoubleLE(from), 0),
    hex: () => taken(HEX_BYTES, (from) => buffer.toString('hex', from, from + HEX_BYTES), ''),
    words() {
      const count = reader.number();
      const from = take(4 * count);
      return from === undefined ? [] : Array.from({ length: count }, (_, i) => buffer.readUInt32LE(from + 4 * i));
    },
    text() {
      const length = reader.number();
      return taken(length, (from) => buffer.toString('utf8', from, from + length), undefined);
    },
    isAtEnd: () => !failed && at === buffer.length,
  };
  return reader;
}
