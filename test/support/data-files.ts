/** Tiny files for tests, each in a directory that vanishes after the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** Writes the files and returns their directory. */
export function directory(files: Readonly<Record<string, string | Buffer>>): string {
  const path = mkdtempSync(join(tmpdir(), 'freshet-replay-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

/** Writes one file and returns its path. The name says nothing about the content, on purpose. */
export function file(content: string | Buffer, name = 'data'): string {
  return join(directory({ [name]: content }), name);
}

export function gz(content: string): Buffer {
  return gzipSync(content);
}

/** Rows as tab-separated lines. */
export function tsv(...rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.join('\t')).join('\n');
}
