/**
 * Files that `--columns` can't name: public data sets with their own rules, and session files of many makes.
 *
 * 1. What a preset's rules leave out is counted under the rule (`skipped`), never silent.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@freshet/shared/errors';
import type { Mapping } from './columns.js';
import { readOnlineRetail } from './online-retail.js';
import { readRows, type RowOptions, type Tallies, type UntimedEvent } from './rows.js';
import { readSessions } from './sessions.js';
import { openTable } from './table.js';

export interface Preset {
  readonly name: string;
  /** The data has no repeats, so a shopper's past items are left out of his ranking. */
  readonly noRepeats: boolean;
  read(paths: readonly string[], tallies: Tallies): AsyncIterable<UntimedEvent>;
}

const PRESETS: readonly Preset[] = [
  { name: 'online-retail-ii', noRepeats: false, read: (paths, tallies) => eachFile(paths, (path) => readOnlineRetail(path, tallies)) },
  { name: 'amazon-grocery', noRepeats: true, read: readGrocery },
  { name: 'yoochoose', noRepeats: false, read: readYoochoose },
  { name: 'sessions', noRepeats: false, read: (paths, tallies) => eachFile(paths, (path) => readSessions(path, tallies)) },
];

export const PRESET_NAMES: readonly string[] = PRESETS.map((preset) => preset.name);

export function findPreset(name: string): Preset {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (preset === undefined) throw new UsageError('preset_unknown', `There is no preset "${name}"; there are ${PRESET_NAMES.join(', ')}.`);
  return preset;
}

async function* eachFile(paths: readonly string[], read: (path: string) => AsyncIterable<UntimedEvent>): AsyncGenerator<UntimedEvent> {
  for (const path of paths) yield* read(path);
}

async function* readGrocery(paths: readonly string[], tallies: Tallies): AsyncGenerator<UntimedEvent> {
  const options = { mapping: { user: 'user_id', item: 'item_id', time: 'time' }, type: 'purchase', tallies };
  for (const path of paths) {
    const files = await filesOf(path, ['train.csv', 'dev.csv', 'test.csv']);
    for (const file of files) yield* readRows(await openTable(file), options);
  }
}

/** Raw `.dat` files have no header. Session ids are one space over all files of the set: no id is in two of them. */
const CLICKS_DAT: Mapping = { session: '1', time: '2', item: '3' };
const CLICKS: Mapping = { session: 'SessionId', item: 'ItemId', time: 'Time' };

async function* readYoochoose(paths: readonly string[], tallies: Tallies): AsyncGenerator<UntimedEvent> {
  for (const path of paths) {
    const files = await filesOf(path, ['train_full.txt', 'test.txt'], ['yoochoose-clicks.dat']);
    for (const file of files) {
      const table = await openTable(file);
      const raw = /^\d+$/.test(table.columns[0] ?? '');
      const options: RowOptions = { mapping: raw ? CLICKS_DAT : CLICKS, type: 'click', tallies };
      yield* readRows(table, options);
    }
  }
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
