/**
 * Compressed request bodies → the bytes as they were. In: bytes, the Content-Encoding, a limit. Out: at most `limit` bytes.
 *
 * 1. A bomb costs no more than a body of the route's limit: inflating stops there (413), whatever the rest would be.
 * 2. It runs on libuv's threads: the event loop only waits.
 * 3. One encoding: a body that was compressed twice is refused by the guard (415).
 */
import { brotliDecompress, gunzip, inflate as inflateZlib, type InputType } from 'node:zlib';
import { HttpProblem } from './problem.js';

type Callback = (error: Error | null, result: Buffer) => void;
type Inflate = (bytes: InputType, options: { readonly maxOutputLength: number }, done: Callback) => void;

const READERS: Readonly<Record<string, Inflate>> = { gzip: gunzip, 'x-gzip': gunzip, deflate: inflateZlib, br: brotliDecompress };

/** As `Accept-Encoding` lists them. */
export const ENCODINGS = 'gzip, deflate, br';

/** `identity` too: it means that nothing was done. */
export function isReadable(encoding: string): boolean {
  const name = encoding.trim().toLowerCase();
  return name === 'identity' || Object.hasOwn(READERS, name);
}

export interface Encoded {
  readonly encoding: string | undefined;
  /** Bytes. */
  readonly limit: number;
}

/** `done` is called at once when there is nothing to do. The guard has let the encoding pass by then. */
export function inflate(bytes: Buffer, { encoding, limit }: Encoded, done: (error: HttpProblem | undefined, body: Buffer) => void): void {
  const read = encoding === undefined ? undefined : READERS[encoding.trim().toLowerCase()];
  if (read === undefined || encoding === undefined) return done(undefined, bytes);
  read(bytes, { maxOutputLength: limit }, (error, body) => {
    if (error === null) return done(undefined, body);
    done((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(limit) : broken(encoding, error), bytes);
  });
}

function tooLarge(limit: number): HttpProblem {
  return new HttpProblem(413, 'body_too_large', `Decompressed, the body has more than ${limit} bytes.`);
}

function broken(encoding: string, cause: Error): HttpProblem {
  return new HttpProblem(400, 'malformed_compression', `The body is not ${encoding.slice(0, 20)}: ${cause.message}.`, { cause });
}
