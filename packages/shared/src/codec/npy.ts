/**
 * NumPy's .npy files: a header that says element type and shape, then the elements row by row.
 *
 * 1. Written: version 1.0, little-endian float32 or uint32, C order; `numpy.load` reads it.
 * 2. Read: versions 1 to 3, float32, float64, int32, int64, uint32 of little-endian machines in C order; all else is a
 *    `CorruptionError` that says what it is. float64 and integers become float32 where floats are wanted.
 */
import { Buffer } from 'node:buffer';
import { CorruptionError } from '../errors.js';

export type NpyType = '<f4' | '<f8' | '<i4' | '<i8' | '<u4';
export type NpyArray = Float32Array | Uint32Array;

export interface Npy {
  readonly type: NpyType;
  readonly shape: readonly number[];
  /** Elements in C order, little-endian. */
  readonly bytes: Buffer;
}

const MAGIC = Buffer.from('\u0093NUMPY', 'latin1');
const ALIGN = 64;
const SIZES: Readonly<Record<NpyType, number>> = { '<f4': 4, '<f8': 8, '<i4': 4, '<i8': 8, '<u4': 4 };

export function encodeNpy(values: NpyArray, shape: readonly number[]): Buffer {
  const type = values instanceof Float32Array ? '<f4' : '<u4';
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const length = Math.ceil((MAGIC.length + 4 + text.length + 1) / ALIGN) * ALIGN - MAGIC.length - 4;
  const header = Buffer.alloc(MAGIC.length + 4 + length, ' ');
  MAGIC.copy(header);
  header.writeUInt8(1, MAGIC.length);
  header.writeUInt8(0, MAGIC.length + 1);
  header.writeUInt16LE(length, MAGIC.length + 2);
  header.write(text, MAGIC.length + 4, 'latin1');
  header.write('\n', header.length - 1, 'latin1');
  return Buffer.concat([header, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

export function decodeNpy(file: Buffer): Npy {
  if (file.length < 12 || !file.subarray(0, MAGIC.length).equals(MAGIC)) throw broken('it is no .npy file');
  const major = file.readUInt8(MAGIC.length);
  if (major < 1 || major > 3) throw broken(`it is of version ${major}, and 1 to 3 are known`);
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8);
  if (start + length > file.length) throw broken('its header is cut off');
  const { type, shape } = readHeader(file.toString('latin1', start, start + length));
  const wanted = shape.reduce((product, size) => product * size, 1) * SIZES[type];
  const bytes = file.subarray(start + length);
  if (bytes.length !== wanted) throw broken(`its shape (${shape.join(', ')}) needs ${wanted} bytes, and there are ${bytes.length}`);
  return { type, shape, bytes };
}

function readHeader(text: string): Pick<Npy, 'type' | 'shape'> {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) throw broken('its header can’t be read');
  if (!(descr in SIZES)) throw broken(`its elements are of type ${descr}; known are ${Object.keys(SIZES).join(', ')}`);
  if (order === 'True') throw broken('it is in Fortran order: save it with numpy.ascontiguousarray');
  const sizes = shape.split(',').map((part) => part.trim()).filter((part) => part !== '').map(Number);
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) throw broken('its shape can’t be read');
  return { type: descr as NpyType, shape: sizes };
}

/** Numbers as float32. */
export function floatsOf({ type, bytes }: Npy): Float32Array {
  const size = SIZES[type];
  const count = bytes.length / size;
  const out = new Float32Array(count);
  if (type === '<f4') {
    Buffer.from(out.buffer).set(bytes);
    return out;
  }
  for (let i = 0; i < count; i++) out[i] = readNumber(bytes, type, i * size);
  return out;
}

/** The words of a uint32 file. */
export function wordsOf({ type, bytes }: Npy): Uint32Array {
  if (type !== '<u4') throw broken(`its elements are of type ${type}, and <u4 is needed`);
  const out = new Uint32Array(bytes.length / 4);
  Buffer.from(out.buffer).set(bytes);
  return out;
}

function readNumber(bytes: Buffer, type: Exclude<NpyType, '<f4'>, at: number): number {
  switch (type) {
    case '<f8':
      return bytes.readDoubleLE(at);
    case '<i4':
      return bytes.readInt32LE(at);
    case '<u4':
      return bytes.readUInt32LE(at);
    case '<i8':
      return Number(bytes.readBigInt64LE(at));
  }
}

function broken(why: string): CorruptionError {
  return new CorruptionError('npy_format', why);
}
