/**
 * `--rejects FILE`: the rejected rows with their reasons, one JSON object a line.
 *
 * 1. What was written after the last saved state is cut off when the import is resumed, so no row stands there twice.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { toError, UsageError } from '@freshet/shared/errors';
import type { Rejection } from './account.js';

export interface RejectsFile {
  readonly path: string;
  write(rejections: readonly Rejection[]): void;
  /** Its length so far. */
  bytes(): number;
  close(): void;
}

/** `keep`: the length that an earlier run had reached. */
export function openRejects(path: string, keep: number): RejectsFile {
  let file: number;
  try {
    file = openSync(path, keep === 0 ? 'w' : 'r+');
  } catch (cause) {
    throw new UsageError('rejects_unwritable', `--rejects ${path} can't be written: ${toError(cause).message}`, { cause });
  }
  let bytes = Math.min(keep, fstatSync(file).size);
  ftruncateSync(file, bytes);
  return {
    path,
    write(rejections) {
      if (rejections.length === 0) return;
      const text = Buffer.from(rejections.map((rejection) => `${JSON.stringify(toLine(rejection))}\n`).join(''));
      for (let from = 0; from < text.length; ) from += writeSync(file, text, from, text.length - from, bytes + from);
      bytes += text.length;
    },
    bytes: () => bytes,
    close: () => closeSync(file),
  };
}

function toLine({ line, code, pointer, by, detail, text }: Rejection) {
  return { row: line, code, ...(pointer === '' ? {} : { pointer }), by, detail, text };
}
