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
export const HEAD_BYTES = 65_536;
const CHUNK_BYTES = 262_144;

export function openBytes(path: string): Promise<Bytes> {
  return path === STANDARD_INPUT ? openStandardInput() : openFile(path);
}

async function openFile(path: string): Promise<Bytes> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError('file_is_directory', `${path} is a directory; name a file, or use a preset that reads directories.`);
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    let position = (): number => 0;
    const start = ({ gzip }: { gzip: boolean }): Readable => {
      const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      position = () => stream.bytesRead;
      return gzip ? unpack(stream) : stream;
    };
    return { name: path, size: found.size, head: buffer.subarray(0, bytesRead), open: start, position: () => position() };
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
  const pieces: Buffer[] = [];
  for (let bytes = 0; bytes < HEAD_BYTES; ) {
    const piece = await next();
    if (piece === undefined) break;
    pieces.push(piece);
    bytes += piece.length;
  }
  const head = Buffer.concat(pieces);
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for (let piece = await next(); piece !== undefined; piece = await next()) yield piece;
  }
  const start = ({ gzip }: { gzip: boolean }): Readable => (gzip ? unpack(Readable.from(all())) : Readable.from(all()));
  return { name: 'standard input', size: undefined, head, open: start, position: () => taken };
}
