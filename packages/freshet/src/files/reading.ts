/**
 * How a file of events is to be read, chosen from the options of `replay` and `import`.
 *
 * 1. `--columns`, or a `--preset`, or neither where the file names its columns as events do; never a guess.
 * 2. With a `--preset`, which knows the types of its events, a `--type` is refused, not ignored.
 */
import { UsageError } from '@freshet/shared/errors';
import { parseColumns, recogniseColumns, type Mapping } from './columns.js';
import { findPreset, type Preset } from './presets.js';
import type { FileRows } from './raw-event.js';
import { readRows } from './rows.js';
import type { Table } from './table.js';
import type { TimeRules } from './time.js';

export interface ReadingOptions {
  /** The text of `--columns`. */
  readonly columns?: string | undefined;
  /** The name of a preset. */
  readonly preset?: string | undefined;
  /** Type of events without a type column; default `view`. */
  readonly type?: string | undefined;
  readonly time?: TimeRules;
}

export type Reading = Omit<Preset, 'name'>;

export const DEFAULT_TYPE = 'view';

export function chooseReading(options: ReadingOptions): Reading {
  const { columns, preset, type = DEFAULT_TYPE, time = {} } = options;
  if (preset !== undefined && options.type !== undefined) refuseType();
  if (columns !== undefined && preset !== undefined) throw new UsageError('columns_or_preset', 'Give --columns or --preset, not both.');
  if (preset !== undefined) return findPreset(preset);
  const given = columns === undefined ? undefined : parseColumns(columns);
  const read = (table: Table): FileRows => readRows(table, { mapping: given ?? recognised(table), recognised: given === undefined, type, time });
  return { noRepeats: false, files: (path) => Promise.resolve([path]), read };
}

export function refuseType(): never {
  throw new UsageError('type_or_preset', '--type is for files without types that --columns describes; a --preset knows the types of its events. Leave one out.');
}

function recognised(table: Table): Mapping {
  const mapping = recogniseColumns(table);
  if (mapping !== undefined) return mapping;
  throw new UsageError(
    'columns_or_preset',
    `Say which columns to read, as in --columns user=customer,item=sku,time=when, or give a --preset; ${table.name} has the columns ${table.columns.join(', ')}.`,
  );
}
