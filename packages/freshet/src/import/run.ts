/**
 * Imports files, one after the other. In: options, a REST client, clocks. Out: what became of every file.
 *
 * 1. What can't be used is refused before anything of its file is sent.
 * 2. The first file that doesn't come to its end is the last one.
 */
import { chooseReading } from '../files/reading.js';
import { parseZone } from '../files/time.js';
import type { Plan } from './fingerprint.js';
import { importFile } from './import-file.js';
import type { ImportDeps } from './job.js';
import type { ImportOptions } from './options.js';
import type { FileResult } from './result.js';

export async function runImport(options: ImportOptions, deps: ImportDeps): Promise<readonly FileResult[]> {
  const { dateOrder, timeZone } = options;
  const reading = chooseReading({ ...options, time: { dateOrder, zone: timeZone === undefined ? undefined : parseZone(timeZone) } });
  const results: FileResult[] = [];
  for (const { path, kind } of options.files) {
    const plan = planOf(kind, options);
    for (const file of kind === 'events' ? await reading.files(path) : [path]) {
      const result = await importFile({ path: file, plan, read: reading.read }, options, deps);
      results.push(result);
      if (!result.complete) return results;
    }
  }
  return results;
}

function planOf(kind: Plan['kind'], { columns, preset, type, dateOrder, timeZone }: ImportOptions): Plan {
  return kind === 'items' ? { kind } : { kind, columns, preset, type, dateOrder, timeZone };
}
