/**
 * How far an import is, on disk: what a later run goes on from.
 *
 * A text file: its first line is the whole state, each later one what has changed since (a line is appended for every batch;
 * to replace the file each time would have the disk flush it each time).
 * 1. A line counts once it is whole: one that a crash has cut is as if it had not been written.
 * 2. A file of another format version, or that can't be read, is a `UsageError` with what to do; it is never guessed at.
 */
import { createHash } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { toError, UsageError } from '@freshet/shared/errors';
import type { Account } from './account.js';
import type { Fingerprint } from './fingerprint.js';
import type { Position } from './position.js';

/** Raised when the fields below change their meaning; release N reads N − 1. */
export const STATE_VERSION = 1;
const FORMAT = 'freshet-import';

/** What a batch changes. */
export interface Progressed {
  /** All up to here is settled. */
  readonly position: Position;
  readonly account: Account;
  /** Where the rejected rows are written, and how long that file was then. */
  readonly rejects?: { readonly path: string; readonly bytes: number } | undefined;
  readonly complete: boolean;
  /** RFC 3339. */
  readonly updatedAt: string;
}

export interface ImportState extends Progressed {
  readonly file: string;
  readonly url: string;
  /** How the file is read (`describePlan`). */
  readonly plan: string;
  readonly fingerprint: Fingerprint;
  /** Makes the ids of the rows; that of the run that began. */
  readonly key: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** In the directory the command is run in: data may lie where nothing can be written. */
export const STATE_DIR = '.freshet-import';

/** One for each file and target. */
export function defaultStatePath(directory: string, file: string, url: string): string {
  const place = createHash('sha256').update(`${path.resolve(file)}\0${url}`).digest('hex').slice(0, 12);
  return path.join(directory, `${path.basename(file)}-${place}.json`);
}

/** Throws before anything is sent what would else be found out after it. Makes nothing. */
export function checkStatePlace(statePath: string): void {
  let place = path.resolve(statePath);
  while (!existsSync(place)) place = path.dirname(place);
  tryWriting(statePath, () => {
    accessSync(place, constants.W_OK);
    if (place !== path.resolve(statePath) && !statSync(place).isDirectory()) throw new UsageError('state_unwritable', `--state ${statePath}: ${place} is no directory.`);
  });
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
  const [first, ...later] = text.split('\n').map(parseLine);
  if (first === undefined) throw new UsageError('state_damaged', `${statePath} is damaged; --restart begins anew (rows sent in the last 24 hours are recognised as duplicates).`);
  const { format, version } = first;
  if (format !== FORMAT) throw new UsageError('state_format', `${statePath} is not the state of an import; give another --state.`);
  if (version !== STATE_VERSION) {
    throw new UsageError('state_version', `${statePath} was written by another release (state version ${JSON.stringify(version)}, this one reads ${STATE_VERSION}): finish with that release, or give --restart.`);
  }
  return Object.assign({}, first, later.findLast((line) => line !== undefined)) as unknown as ImportState;
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

export interface StateFile {
  save(progressed: Progressed): void;
  close(): void;
}

/** Lines appended before the file is written anew, so that it stays small. */
const LINES = 1_000;

/** Nothing is written before the first `save`: an import that was refused leaves nothing behind. */
export function openState(statePath: string, begun: ImportState): StateFile {
  let file: number | undefined;
  let lines = 0;
  const end = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return {
    close: end,
    save: (progressed) =>
      tryWriting(statePath, () => {
        if (file !== undefined && ++lines < LINES) return void writeSync(file, `${JSON.stringify(progressed)}\n`);
        end();
        lines = 0;
        file = begin(statePath, { ...begun, ...progressed });
      }),
  };
}

/** The file appears whole or not at all. Out: it, open for appending. */
function begin(statePath: string, state: ImportState): number {
  return tryWriting(statePath, () => {
    mkdirSync(path.dirname(statePath), { recursive: true });
    writeFileSync(`${statePath}.tmp`, `${JSON.stringify({ format: FORMAT, version: STATE_VERSION, ...state })}\n`);
    renameSync(`${statePath}.tmp`, statePath);
    return openSync(statePath, 'a');
  });
}

function tryWriting<T>(statePath: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw cause instanceof UsageError ? cause : new UsageError('state_unwritable', `${statePath} can't be written (${toError(cause).message}); give --state a file that can.`, { cause });
  }
}
