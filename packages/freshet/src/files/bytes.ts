/**
 * Where a file's bytes come from: a path, or standard input (`-`).
 *
 * 1. The head may be read as often as wished; the bytes of standard input can be opened once, head included.
 * 2. What can't be opened is a `UsageError` whose sentence says why.
 */
import { createReadStream, read } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { toError, UsageError } from '@freshet/shared/errors';
import { MAX_LINE_BYTES } from './lines.js';

export interface Bytes {
  /** For messages. */
  readonly name: string;
  /** Undefined for standard input. */
  readonly size: number | undefined;
  readonly head: Buffer;
  /** The bytes as they are, or unpacked. */
  open(options: { readonly gzip: boolean }): Readable;
  /** Bytes taken of what was opened last, packed ones for a packed file. */
  position(): number;
}

export const STANDARD_INPUT = '-';
/** What of the beginning is looked at: more only while the first line hasn't ended. */
const HEAD_BYTES = 65_536;
const LONGEST_HEAD_BYTES = HEAD_BYTES + MAX_LINE_BYTES;
const CHUNK_BYTES = 262_144;

function isEnough(bytes: number, head: Buffer): boolean {
  return bytes >= LONGEST_HEAD_BYTES || (bytes >= HEAD_BYTES && head.includes('\n'));
}

export function openBytes(path: string): Promise<Bytes> {
  return path === STANDARD_INPUT ? openStandardInput() : openFile(path);
}

async function openFile(path: string): Promise<Bytes> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError('file_is_directory', `${path} is a directory; name a file, or use a preset that reads directories.`);
    await using file = await open(path, 'r');
    const take = async (bytes: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    };
    const short = await take(HEAD_BYTES);
    const head = short.length < HEAD_BYTES || isEnough(short.length, short) ? short : await take(LONGEST_HEAD_BYTES);
    let position = (): number => 0;
    const start = ({ gzip }: { gzip: boolean }): Readable => {
      const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      position = () => stream.bytesRead;
      return gzip ? unpack(stream) : stream;
    };
    return { name: path, size: found.size, head, open: start, position: () => position() };
  } catch (thrown) {
    const error = toError(thrown);
    if (error instanceof UsageError) throw error;
    const missing = 'code' in error && error.code === 'ENOENT';
    const sentence = missing ? `There is no file ${path}.` : `${path} can't be read: ${error.message}`;
    throw new UsageError(missing ? 'file_missing' : 'file_unreadable', sentence, { cause: thrown });
  }
}

/** Passes the error of any stage on to whoever reads the last stage. */
function unpack(packed: Readable): Readable {
  return pipeline(packed, createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
}

const STANDARD_INPUT_FD = 0;
const readSome = promisify(read);

/** Read by its number: a pipe, a file or a terminal alike, and nothing is read before it is wanted. */
async function openStandardInput(): Promise<Bytes> {
  let taken = 0;
  const next = async (): Promise<Buffer | undefined> => {
    const { buffer, bytesRead } = await readSome(STANDARD_INPUT_FD, Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, null);
    taken += bytesRead;
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
  };
  let head: Buffer = Buffer.alloc(0);
  while (!isEnough(head.length, head)) {
    const piece = await next();
    if (piece === undefined) break;
    head = Buffer.concat([head, piece]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for (let piece = await next(); piece !== undefined; piece = await next()) yield piece;
  }
  const start = ({ gzip }: { gzip: boolean }): Readable => (gzip ? unpack(Readable.from(all())) : Readable.from(all()));
  return { name: 'standard input', size: undefined, head, open: start, position: () => taken };
}
