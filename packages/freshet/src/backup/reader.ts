/**
 * Reads a backup file (format.ts).
 *
 * 1. `openBackup` has read and checked every byte before it resolves: the whole file's SHA-256 and each section's. A damaged file is
 *    refused with the place of the damage.
 * 2. `rowsOf` checks its section once more while it is read: what reaches a database is what was checked.
 * 3. Memory stays flat.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { CorruptionError, toError, UsageError } from '@freshet/shared/errors';
import { checkHeader, decodeFooter, type Footer, FOOTER_BYTES, HASH_BYTES, HEADER_BYTES } from './format.js';
import { type Manifest, parseManifest, type Section } from './manifest.js';

export interface BackupFile {
  readonly manifest: Manifest;
  readonly bytes: number;
  /** Of the whole file, in hex. */
  readonly sha256: string;
  rowsOf(section: Section): AsyncIterable<Buffer>;
}

export interface ReadOptions {
  /** Bytes that were checked, of so many. */
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const CHUNK_BYTES = 1024 * 1024;
/** A manifest has some 300 bytes a table; one beyond this is not ours. */
const MANIFEST_BYTES = 64 * 1024 * 1024;

export async function openBackup(file: string, options: ReadOptions = {}): Promise<BackupFile> {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    checkHeader(await readAt(handle, 0, Math.min(HEADER_BYTES, size)), file);
    const footer = decodeFooter(await readAt(handle, Math.max(0, size - FOOTER_BYTES), Math.min(FOOTER_BYTES, size)), size, file);
    const manifest = await readManifest(handle, footer, file);
    await checkBytes({ handle, size, footer, manifest, file }, options);
    return { manifest, bytes: size, sha256: footer.sha256.toString('hex'), rowsOf: (section) => readRows(file, section) };
  } finally {
    await handle.close();
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (cause) {
    throw new UsageError('backup_file', `${file} can't be read (${(cause as NodeJS.ErrnoException).code ?? toError(cause).message})`, { cause });
  }
  throw new UsageError('backup_file', `${file} is not a file: a backup is read twice, first to check it`);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead);
}

async function readManifest(handle: FileHandle, { offset, length }: Footer, file: string): Promise<Manifest> {
  if (length > MANIFEST_BYTES) throw damaged(file, 'its manifest is');
  let manifest: Manifest;
  try {
    manifest = parseManifest(gunzipSync(await readAt(handle, offset, length), { maxOutputLength: MANIFEST_BYTES }));
  } catch (cause) {
    throw damaged(file, 'its manifest is', cause);
  }
  let end = HEADER_BYTES;
  for (const section of manifest.tables) {
    if (section.offset !== end) throw damaged(file, 'its manifest is');
    end += section.bytes;
  }
  if (end !== offset) throw damaged(file, 'its manifest is');
  return manifest;
}

interface CheckInput {
  readonly handle: FileHandle;
  readonly size: number;
  readonly footer: Footer;
  readonly manifest: Manifest;
  readonly file: string;
}

/** One pass: every section's hash, and the whole's. */
async function checkBytes({ handle, size, footer, manifest, file }: CheckInput, { progress, signal }: ReadOptions): Promise<void> {
  const whole = createHash('sha256');
  const covered = size - FOOTER_BYTES + 16;
  let at = 0;
  const hash = async (end: number, also: readonly Hash[]): Promise<void> => {
    while (at < end) {
      signal?.throwIfAborted();
      const chunk = await readAt(handle, at, Math.min(CHUNK_BYTES, end - at));
      if (chunk.length === 0) throw new CorruptionError('backup_cut_short', `${file} became shorter while it was read`);
      for (const one of [whole, ...also]) one.update(chunk);
      at += chunk.length;
      progress?.(at, covered);
    }
  };
  await hash(HEADER_BYTES, []);
  for (const section of manifest.tables) {
    const own = createHash('sha256');
    await hash(section.offset + section.bytes, [own]);
    if (own.digest('hex') !== section.sha256) throw damaged(file, `the rows of ${section.schema}.${section.name} are`);
  }
  await hash(covered, []);
  if (!whole.digest().equals(footer.sha256.subarray(0, HASH_BYTES))) throw damaged(file, 'its header or manifest is');
}

async function* readRows(file: string, section: Section): AsyncGenerator<Buffer> {
  if (section.bytes === 0) return;
  const hash = createHash('sha256');
  const source = createReadStream(file, { start: section.offset, end: section.offset + section.bytes - 1, highWaterMark: CHUNK_BYTES });
  source.on('data', (chunk) => hash.update(chunk));
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  source.on('error', (error) => gunzip.destroy(error));
  let rawBytes = 0;
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      rawBytes += chunk.length;
      if (rawBytes > section.rawBytes) break;
      yield chunk;
    }
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  if (rawBytes !== section.rawBytes || hash.digest('hex') !== section.sha256) throw damaged(file, `the rows of ${section.schema}.${section.name} are`);
}

function damaged(file: string, what: string, cause?: unknown): CorruptionError {
  const options = cause === undefined ? {} : { cause };
  return new CorruptionError('backup_damaged', `${file} is damaged: ${what} not what was written`, options);
}
