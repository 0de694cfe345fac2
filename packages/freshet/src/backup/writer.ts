/**
 * Writes a backup file section by section (format.ts).
 *
 * 1. Memory stays flat: rows are gzipped, hashed and written as they come.
 */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import type { DumpTable } from '@freshet/shared/adapters/postgres/dump/content';
import { encodeEnd, encodeHeader, encodePlace } from './format.js';
import { encodeManifest, type Manifest, type Section } from './manifest.js';
import type { OutputFile } from './output-file.js';

/** A section's figures but for its rows, which only the database knows. */
export type WrittenSection = Omit<Section, 'rows'>;

export interface BackupWriter {
  /** `progress` is told how many bytes of rows came. */
  section(table: DumpTable, rows: AsyncIterable<Buffer>, progress: (bytes: number) => void): Promise<WrittenSection>;
  /** Writes what is left; returns the file's size and its SHA-256 in hex. */
  close(manifest: Manifest): Promise<{ readonly bytes: number; readonly sha256: string }>;
}

/** Rows of numbers hardly shrink and JSON does at any level: the fast end of zlib's. */
const GZIP = { level: 3, chunkSize: 256 * 1024 };

export async function createWriter(output: OutputFile): Promise<BackupWriter> {
  const whole = createHash('sha256');
  let size = 0;
  const write = async (bytes: Buffer): Promise<void> => {
    whole.update(bytes);
    size += bytes.length;
    await output.write(bytes);
  };
  await write(encodeHeader());
  return {
    async section(table, rows, progress) {
      const offset = size;
      const hash = createHash('sha256');
      let rawBytes = 0;
      const counted = async function* (): AsyncGenerator<Buffer> {
        for await (const chunk of rows) {
          rawBytes += chunk.length;
          progress(chunk.length);
          yield chunk;
        }
      };
      await pipeline(counted, createGzip(GZIP), async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          await write(chunk);
        }
      });
      return { ...table, rawBytes, offset, bytes: size - offset, sha256: hash.digest('hex') };
    },
    async close(manifest) {
      const offset = size;
      await write(gzipSync(encodeManifest(manifest)));
      await write(encodePlace(offset, size - offset));
      const sha256 = whole.digest();
      const end = encodeEnd(sha256);
      await output.write(end);
      return { bytes: size + end.length, sha256: sha256.toString('hex') };
    },
  };
}
