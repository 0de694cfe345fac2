/**
 * Imports files, one after the other. In: options, a REST client, clocks. Out: what became of every file.
 *
 * 1. A file that can't be read as a table is refused before anything of any file is sent.
 * 2. The first file that doesn't come to its end is the last one; what came before it is told.
 */
import { resolve } from 'node:path';
import { toError, UsageError } from '@freshet/shared/errors';
import { STANDARD_INPUT } from '../files/bytes.js';
import { chooseReading, type Reading } from '../files/reading.js';
import { openTable } from '../files/table.js';
import { parseZone } from '../files/time.js';
import type { Plan } from './fingerprint.js';
import { importFile } from './import-file.js';
import type { FileTask, ImportDeps } from './job.js';
import type { ImportOptions } from './options.js';
import { type FileResult, refusedResult } from './result.js';

export async function runImport(options: ImportOptions, deps: ImportDeps): Promise<readonly FileResult[]> {
  const results: FileResult[] = [];
  for (const task of await findTasks(options)) {
    try {
      results.push(await importFile(task, options, deps));
    } catch (thrown) {
      if (results.length === 0) throw thrown;
      results.push(refusedResult(task, toError(thrown)));
    }
    if (results.at(-1)?.complete !== true) break;
  }
  return results;
}

async function findTasks(options: ImportOptions): Promise<readonly FileTask[]> {
  const { dateOrder, timeZone } = options;
  const reading: Reading = chooseReading({ ...options, time: { dateOrder, zone: timeZone === undefined ? undefined : parseZone(timeZone) } });
  const tasks: FileTask[] = [];
  for (const { path, kind } of options.files) {
    const plan = planOf(kind, options);
    for (const file of kind === 'events' ? await reading.files(path) : [path]) {
      if (file !== STANDARD_INPUT) await openTable(file);
      tasks.push({ path: file, plan, read: reading.read });
    }
  }
  if (tasks.length > 1 && options.state !== undefined) throw new UsageError('option_clash', `--state is the state of one file, and these are ${tasks.length}; leave it out.`);
  refuseOverwriting(tasks, options);
  return tasks;
}

/** A slip of the hand must not cost the data. */
function refuseOverwriting(tasks: readonly FileTask[], { state, rejects }: ImportOptions): void {
  const inputs = new Set(tasks.map((task) => resolve(task.path)));
  for (const [option, output] of [['--state', state], ['--rejects', rejects]] as const) {
    if (output !== undefined && inputs.has(resolve(output))) throw new UsageError('option_clash', `${option} ${output} is the file to be imported; name another.`);
  }
  if (state !== undefined && rejects !== undefined && resolve(state) === resolve(rejects)) throw new UsageError('option_clash', '--state and --rejects name one file.');
}

function planOf(kind: Plan['kind'], { columns, preset, type, dateOrder, timeZone }: ImportOptions): Plan {
  return kind === 'items' ? { kind } : { kind, columns, preset, type, dateOrder, timeZone };
}
