/** Benches on a file of events: their options, and how it is read. */
import { existsSync } from 'node:fs';
import { UsageError } from '@freshet/shared/errors';
import { readSource, type Source } from '../replay/source.js';
import { type Resolved, textOption } from './options.js';

export const DATA_OPTIONS = {
  data: textOption('--data <file>', 'a file of events, or a preset’s folder'),
  preset: textOption('--preset <name>', 'as for replay'),
  columns: textOption('--columns <map>', 'as for replay'),
} as const;

export function readData({ data, preset, columns }: Resolved<typeof DATA_OPTIONS>): Promise<Source> {
  if (!existsSync(data)) throw new UsageError('option_value', `--data takes a file of events that exists, not "${data}".`);
  return readSource({ paths: [data], ...given('preset', preset), ...given('columns', columns) });
}

function given<K extends string>(name: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<K, string>);
}
