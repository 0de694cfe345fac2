/**
 * Numbers in as few bytes as they need: whole ones as LEB128 (seven bits a byte, the lowest first), differences as zigzag
 * (0, −1, 1, −2 … are 0, 1, 2, 3 …). Exact for whole numbers below 2⁵³.
 */
import { grown } from './grown.js';
export interface ByteWriter {
  start(): void;
  whole(value: number): void;
  difference(value: number): void;
  /** 64 bits. */
  float(value: number): void;
  /** 32 bits. */
  word(value: number): void;
  /** What was written since `start`: a view of memory that the next one writes again. */
  taken(): Uint8Array;
}

export interface ByteReader {
  start(bytes: Uint8Array, at: number): void;
  whole(): number;
  difference(): number;
  float(): number;
  word(): number;
}

const SMALLEST = 4_096;
/** Bytes of the longest number. */
const LONGEST = 8;

export function createByteWriter(): ByteWriter {
  let bytes = new Uint8Array(SMALLEST);
  let at = 0;
  const float = new Float64Array(1);
  const floatBytes = new Uint8Array(float.buffer);

  const makeRoom = (): void => {
    if (at + LONGEST <= bytes.length) return;
    bytes = grown(new Uint8Array(2 * bytes.length), bytes);
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
    taken: () => bytes.subarray(0, at),
  };
}

export function createByteReader(): ByteReader {
  let bytes: Uint8Array = new Uint8Array(0);
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
  };
}
