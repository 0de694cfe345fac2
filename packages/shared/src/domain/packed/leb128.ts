/**
 * Numbers in as few bytes as they need: whole ones as LEB128 (seven bits a byte, the lowest first), differences as zigzag
 * (0, −1, 1, −2 … are 0, 1, 2, 3 …). Exact for whole numbers below 2⁵³.
 */
import { Buffer } from 'node:buffer';
import { grown } from './grown.js';

export interface ByteWriter {
  start(): void;
  whole(value: number): void;
  difference(value: number): void;
  /** 64 bits. */
  float(value: number): void;
  /** 32 bits. */
  word(value: number): void;
  copy(bytes: Uint8Array): void;
  /** What was written since `start`: a view of memory that the next one writes again. */
  taken(): Buffer;
}

export interface ByteReader {
  start(bytes: Buffer, at: number): void;
  whole(): number;
  difference(): number;
  float(): number;
  word(): number;
  /** So many bytes in this encoding. */
  text(length: number, encoding: 'latin1' | 'utf8' | 'utf16le'): string;
  skip(length: number): void;
  /** Where what is read next begins. */
  readonly at: number;
}

const SMALLEST = 4_096;
/** Bytes of the longest number. */
const LONGEST = 8;

export function createByteWriter(): ByteWriter {
  let bytes = Buffer.alloc(SMALLEST);
  let at = 0;
  const float = new Float64Array(1);
  const floatBytes = new Uint8Array(float.buffer);

  const makeRoom = (length = LONGEST): void => {
    if (at + length <= bytes.length) return;
    bytes = grown(Buffer.alloc(2 * Math.max(bytes.length, length)), bytes);
  };

  const whole = (value: number): void => {
    makeRoom();
    let left = value;
    // Bits can only be taken of 32.
    for (; left > 0x7fff_ffff; left = Math.floor(left / 128)) bytes[at++] = (left % 128) | 128;
    for (; left > 127; left >>>= 7) bytes[at++] = (left & 127) | 128;
    bytes[at++] = left;
  };

  return {
    start() {
      at = 0;
    },
    whole,
    difference: (value) => whole(value < 0 ? -2 * value - 1 : 2 * value),
    float(value) {
      makeRoom();
      float[0] = value;
      for (const byte of floatBytes) bytes[at++] = byte;
    },
    word(value) {
      makeRoom();
      for (let shift = 0; shift < 32; shift += 8) bytes[at++] = value >>> shift;
    },
    copy(record) {
      makeRoom(record.length);
      bytes.set(record, at);
      at += record.length;
    },
    taken: () => bytes.subarray(0, at),
  };
}

export function createByteReader(): ByteReader {
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;
  const float = new Float64Array(1);
  const floatBytes = new Uint8Array(float.buffer);

  const whole = (): number => {
    let byte = bytes[at++] ?? 0;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
    }
    return value;
  };

  return {
    start(from, place) {
      bytes = from;
      at = place;
    },
    whole,
    difference() {
      const value = whole();
      return (value & 1) === 0 ? value / 2 : -(value + 1) / 2;
    },
    float() {
      for (let k = 0; k < floatBytes.length; k++) floatBytes[k] = bytes[at++] ?? 0;
      return float[0] ?? 0;
    },
    word() {
      let value = 0;
      for (let shift = 0; shift < 32; shift += 8) value |= (bytes[at++] ?? 0) << shift;
      return value;
    },
    text(length, encoding) {
      at += length;
      return bytes.toString(encoding, at - length, at);
    },
    skip(length) {
      at += length;
    },
    get at() {
      return at;
    },
  };
}
