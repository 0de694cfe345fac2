/**
 * The version that stands in everything stored: what a reader says when it isn't the one it knows.
 *
 * 1. A newer format is told apart from damage: the sentence says what to do, and nobody tries again (`isNewerFormat`).
 * 2. A release that changes a format's version also adds a migration, so that older releases don't even start on it; it reads the
 *    version before (docs/UPGRADING.md has the table).
 */
import { CorruptionError, FreshetError } from '../errors.js';

const NEWER = 'format_newer';

/** `what` names the thing in a sentence: “a log entry’s payload”. `code` is for a version that no release has written. */
export function checkFormat(what: string, found: unknown, { known, code }: { readonly known: number; readonly code: string }): void {
  if (found === known) return;
  if (typeof found === 'number' && Number.isSafeInteger(found) && found > known) throw newerFormat(what, found, known);
  throw new CorruptionError(code, `${what} has format ${JSON.stringify(found)}, which is none; this release reads ${known}`);
}

export function newerFormat(what: string, found: number, known: number): CorruptionError {
  return new CorruptionError(NEWER, `${what} has format ${found} and this release reads ${known}: it was written by a newer Freshet; start that version, or restore a backup`);
}

export function isNewerFormat(thrown: unknown): boolean {
  return thrown instanceof FreshetError && thrown.code === NEWER;
}
