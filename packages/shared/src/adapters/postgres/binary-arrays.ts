/**
 * Arrays as Postgres's binary parameter format. node-postgres sends JavaScript arrays as text, which costs several
 * times the CPU on both sides; a Buffer goes out as it is.
 * Layout: dimensions, has-nulls flag, element type, length, lower bound, then (byte length, bytes) for each element.
 */
import { Buffer } from 'node:buffer';

interface ElementType {
  readonly oid: number;
  readonly bytes: number;
}

const UUID: ElementType = { oid: 2950, bytes: 16 };
const INT8: ElementType = { oid: 20, bytes: 8 };
const HEADER_BYTES = 20;
/** Of an array without elements. */
const EMPTY_BYTES = 12;

/** `uuid[]` of 16-byte values given as binary text. */
export function uuidTextArray(values: readonly string[]): Buffer {
  return textArray(UUID, values);
}

/** `int8[]` of 8-byte values, big-endian, given as binary text. */
export function int8TextArray(values: readonly string[]): Buffer {
  return textArray(INT8, values);
}

/** One native call for all values: each of them is what stands behind its length. */
function textArray(type: ElementType, values: readonly string[]): Buffer {
  const header = headerOf(type, values.length);
  if (values.length === 0) return header;
  const length = String.fromCharCode(0, 0, 0, type.bytes);
  return Buffer.from(header.toString('latin1') + length + values.join(length), 'latin1');
}

/** `uuid[]` of 16-byte values. */
export function uuidArray(values: readonly Buffer[]): Buffer {
  const { array, stride } = emptyArray(UUID, values.length);
  let offset = HEADER_BYTES + 4;
  for (const value of values) {
    value.copy(array, offset, 0, UUID.bytes);
    offset += stride;
  }
  return array;
}

/** `int8[]` of signed 64-bit values. */
export function int8Array(values: readonly bigint[]): Buffer {
  const { array, stride } = emptyArray(INT8, values.length);
  let offset = HEADER_BYTES + 4;
  for (const value of values) {
    array.writeBigInt64BE(value, offset);
    offset += stride;
  }
  return array;
}

/** Postgres wants zero dimensions, not one of length zero. */
function headerOf(type: ElementType, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32BE(length === 0 ? 0 : 1, 0);
  header.writeInt32BE(type.oid, 8);
  if (length === 0) return header.subarray(0, EMPTY_BYTES);
  header.writeInt32BE(length, 12);
  header.writeInt32BE(1, 16);
  return header;
}

function emptyArray(type: ElementType, length: number): { array: Buffer; stride: number } {
  const stride = 4 + type.bytes;
  const header = headerOf(type, length);
  if (length === 0) return { array: header, stride };
  const array = Buffer.allocUnsafe(HEADER_BYTES + length * stride);
  header.copy(array);
  for (let offset = HEADER_BYTES; offset < array.length; offset += stride) array.writeInt32BE(type.bytes, offset);
  return { array, stride };
}
