/**
 * Files that `--columns` can't name: public data sets with their own rules, and session files of many makes.
 *
 * 1. What a preset's rules leave out is a row `byRule` with its reason, never silent.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean } from '@freshet/shared/domain/nearest-name';
import { UsageError } from '@freshet/shared/errors';
import type { Mapping } from './columns.js';
import { readOnlineRetail } from './online-retail.js';
import type { FileRows } from './raw-event.js';
import { readRows } from './rows.js';
import { readSessions } from './sessions.js';
import type { Table } from './table.js';

export interface Preset {
  readonly name: string;
  /** The data has no repeats, so a shopper's past items are left out of his ranking. */
  readonly noRepeats: boolean;
  /** The files of a path, in order: some sets are directories. */
  readonly files: (path: string) => Promise<readonly string[]>;
  readonly read: (table: Table) => FileRows;
}

const oneFile = (path: string): Promise<readonly string[]> => Promise.resolve([path]);

const PRESETS: readonly Preset[] = [
  { name: 'online-retail-ii', noRepeats: false, files: oneFile, read: readOnlineRetail },
  { name: 'amazon-grocery', noRepeats: true, files: (path) => filesOf(path, ['train.csv', 'dev.csv', 'test.csv']), read: readGrocery },
  { name: 'yoochoose', noRepeats: false, files: (path) => filesOf(path, ['train_full.txt', 'test.txt'], ['yoochoose-clicks.dat']), read: readYoochoose },
  { name: 'sessions', noRepeats: false, files: oneFile, read: readSessions },
];

export const PRESET_NAMES: readonly string[] = PRESETS.map((preset) => preset.name);

export function findPreset(name: string): Preset {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (preset === undefined) throw new UsageError('preset_unknown', `There is no preset "${name}"; there are ${PRESET_NAMES.join(', ')}${didYouMean(name, PRESET_NAMES)}.`);
  return preset;
}

function readGrocery(table: Table): FileRows {
  return readRows(table, { mapping: { user: 'user_id', item: 'item_id', time: 'time' }, type: 'purchase' });
}

/** Raw `.dat` files have no header. Session ids are one space over all files of the set: no id is in two of them. */
const CLICKS_DAT: Mapping = { session: '1', time: '2', item: '3' };
const CLICKS: Mapping = { session: 'SessionId', item: 'ItemId', time: 'Time' };

function readYoochoose(table: Table): FileRows {
  const raw = /^\d+$/.test(table.columns[0] ?? '');
  return readRows(table, { mapping: raw ? CLICKS_DAT : CLICKS, type: 'click' });
}

/** The path itself when it is a file; in a directory the first complete set of the wanted names. */
async function filesOf(path: string, ...sets: readonly (readonly string[])[]): Promise<readonly string[]> {
  const isDirectory = await stat(path).then((found) => found.isDirectory(), () => false);
  if (!isDirectory) return [path]; // opening it says what is wrong, if anything is
  const present = new Set(await readdir(path));
  const wanted = sets.find((names) => names.every((name) => present.has(name)));
  if (wanted !== undefined) return wanted.map((name) => join(path, name));
  const needs = sets.map((names) => names.join(' and ')).join(', or ');
  throw new UsageError('file_missing', `${path} needs ${needs}; it has ${[...present].slice(0, 10).join(', ') || 'no files'}.`);
}
