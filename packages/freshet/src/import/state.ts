/**
 * How far an import is, on disk: what a later run goes on from.
 *
 * 1. Written whole or not at all (aside, then renamed), and only for rows whose fate is known.
 * 2. A file of another format version, or that can't be read, is a `UsageError` with what to do; it is never guessed at.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toError, UsageError } from '@freshet/shared/errors';
import type { Account } from './account.js';
import type { Fingerprint } from './fingerprint.js';
import type { Position } from './position.js';

/** Raised when the fields below change their meaning; release N reads N − 1. */
export const STATE_VERSION = 1;
const FORMAT = 'freshet-import';

export interface ImportState {
  readonly file: string;
  readonly url: string;
  /** How the file is read (`describePlan`). */
  readonly plan: string;
  readonly fingerprint: Fingerprint;
  /** Makes the ids of the rows; that of the run that began. */
  readonly key: string;
  /** All up to here is settled. */
  readonly position: Position;
  readonly account: Account;
  /** Where the rejected rows are written, and how long that file was then. */
  readonly rejects?: { readonly path: string; readonly bytes: number } | undefined;
  readonly complete: boolean;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly updatedAt: string;
}

export const STATE_DIR = '.freshet-import';

/** Beside nobody's data: in the directory the command is run in, one for each file and target. */
export function defaultStatePath(file: string, url: string): string {
  const place = createHash('sha256').update(`${path.resolve(file)}\0${url}`).digest('hex').slice(0, 12);
  return path.join(STATE_DIR, `${path.basename(file)}-${place}.json`);
}

export function readState(statePath: string): ImportState | undefined {
  let text: string;
  try {
    text = readFileSync(statePath, 'utf8');
  } catch (thrown) {
    const error = toError(thrown);
    if ('code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError('state_unreadable', `${statePath} can't be read: ${error.message}`, { cause: thrown });
  }
  return parseState(text, statePath);
}

function parseState(text: string, statePath: string): ImportState {
  let stored: Partial<ImportState & { format: unknown; version: unknown }>;
  try {
    stored = JSON.parse(text) as typeof stored;
  } catch (cause) {
    throw new UsageError('state_damaged', `${statePath} is damaged; --restart begins anew (rows sent in the last 24 hours are recognised as duplicates).`, { cause });
  }
  if (stored.format !== FORMAT) throw new UsageError('state_format', `${statePath} is not the state of an import; give another --state.`);
  if (stored.version !== STATE_VERSION) {
    throw new UsageError('state_version', `${statePath} was written by another release (state version ${JSON.stringify(stored.version)}, this one reads ${STATE_VERSION}): finish with that release, or give --restart.`);
  }
  return stored as ImportState;
}

export function writeState(statePath: string, state: ImportState): void {
  const aside = `${statePath}.tmp`;
  try {
    mkdirSync(path.dirname(statePath), { recursive: true });
    writeFileSync(aside, `${JSON.stringify({ format: FORMAT, version: STATE_VERSION, ...state }, null, 1)}\n`);
    renameSync(aside, statePath);
  } catch (cause) {
    throw new UsageError('state_unwritable', `${statePath} can't be written (${toError(cause).message}); give --state a file that can.`, { cause });
  }
}

export function removeState(statePath: string): void {
  rmSync(statePath, { force: true });
}
