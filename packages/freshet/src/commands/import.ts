/** `freshet import FILE…`: a file of events (or a catalogue) into a running Freshet. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';
import { PRESET_NAMES } from '../files/presets.js';
import { describeImport } from '../import/describe.js';
import { type ImportFlags, resolveImportOptions } from '../import/options.js';
import { hasFailed, toResult } from '../import/result.js';
import { runImport } from '../import/run.js';
import { STATE_DIR } from '../import/state.js';

export function addImportCommand(program: Command, tools: CommandTools): void {
  const command = program
    .command('import')
    .description('send files of events (or a catalogue) to a running Freshet, resumable; says why rows are left out')
    .argument('<file...>', 'CSV, TSV or NDJSON, plain or gzip; - for standard input; a folder where a preset says so')
    .option('--columns <map>', 'user=…,item=…[,time=…,type=…,value=…,text=…,quantity=…,price=…,session=…,id=…]')
    .option('--preset <name>', PRESET_NAMES.join(', '))
    .option('--type <name>', 'event type where the file has none (default view)')
    .option('--kind <kind>', 'what the files hold: events or items (default events)')
    .option('--items <file>', 'a catalogue to send first')
    .option('--date-order <order>', 'dmy or mdy, for dates such as 03/04/2024')
    .option('--time-zone <zone>', 'of times without one: UTC (default), +02:00, Europe/Berlin …')
    .option('--rejects <file>', 'write the rows that are left out there, with their reasons (NDJSON)')
    .option('--strict', 'stop at the first row that is rejected')
    .option('--dry-run', 'only check: nothing is written, nothing is remembered')
    .option('--state <file>', 'where to remember how far it is (default one a file in ./.freshet-import)')
    .option('--restart', 'begin anew, whatever is remembered')
    .option('--in-flight <requests>', 'requests under way at once (default 3; 1 keeps the file’s order to the row)');
  withSettings(withOutputOptions(command, { quiet: true }), ['url']);
  withExamples(command, [
    'freshet import events.csv --columns user=customer,item=sku,time=at,type=action',
    'freshet import clicks.ndjson.gz --items catalogue.csv --rejects rejects.ndjson',
    'freshet import 2009.csv.gz --preset online-retail-ii --json',
    'zcat *.gz | freshet import - --columns user=1,item=2,time=3 --time-zone Europe/Berlin',
  ]);
  command.action(async (files: string[], flags: ImportFlags & OutputFlags) => {
    const options = resolveImportOptions(files, flags);
    const progress = tools.progress(flags);
    const rest = tools.rest(tools.settings(command));
    const deps = { rest, progress, now: () => performance.now(), clock: () => Date.now(), stateDir: STATE_DIR, sleep: sleepUntil, signal: tools.stopSignal() };
    const results = await runImport(options, deps).finally(() => progress.end());
    tools.report(toResult(results), { json: flags.json, describe: () => describeImport(results) });
    if (hasFailed(results)) tools.fail();
  });
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}
