/**
 * Arrays as Postgres's binary parameter format. node-postgres sends JavaScript arrays as text, which costs several
 * times the CPU on both sides; a Buffer goes out as it is.
 * Layout: dimensions, has-nulls flag, element type, length, lower bound, then (byte length, bytes) for each element.
 */
import { Buffer } from 'node:buffer';

const UUID = { oid: 2950, bytes: 16 };
const INT8 = { oid: 20, bytes: 8 };
const HEADER_BYTES = 20;

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

function emptyArray(type: { readonly oid: number; readonly bytes: number }, length: number): { array: Buffer; stride: number } {
  const stride = 4 + type.bytes;
  const array = Buffer.allocUnsafe(HEADER_BYTES + length * stride);
  // Postgres wants zero dimensions, not one of length zero.
  array.writeInt32BE(length === 0 ? 0 : 1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(type.oid, 8);
  if (length === 0) return { array: array.subarray(0, 12), stride };
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  for (let offset = HEADER_BYTES; offset < array.length; offset += stride) array.writeInt32BE(type.bytes, offset);
  return { array, stride };
}
