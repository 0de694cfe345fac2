/** `freshet replay FILE…`: a real history through the real path, test-then-train. */
import type { Command } from 'commander';
import { resolveReplayOptions, type ReplayFlags } from '../replay/options.js';
import { PRESET_NAMES } from '../files/presets.js';
import { describeReplay } from '../replay/result.js';
import { type OutputFlags, withExamples, withOutputOptions } from '../cli/options.js';
import type { Decision } from '@freshet/trainer/engine/choose';
import type { CommandTools } from '../cli/tools.js';
import { type ModelFlags, modelFlags, withModelOptions } from './model-flags.js';

export function addReplayCommand(program: Command, tools: CommandTools): void {
  const command = program
    .command('replay')
    .description('learn a file of events in time order, test-then-train, and print the accuracy beside two floors')
    .argument('<file...>', 'CSV, TSV or NDJSON, plain or gzip; a folder where a preset says so')
    .option('--columns <map>', 'user=…,item=…[,time=…,type=…,value=…,text=…]')
    .option('--preset <name>', PRESET_NAMES.join(', '))
    .option('--evaluate-after <share>', 'share of the events that only teach (default 0.8)')
    .option('--no-repeats', 'leave a shopper’s own past items out of the ranking')
    .option('--publish-every <intervals>', '1m,1h,1d,1w …: rank the same events with the model as it was last published, too (default now)')
    .option('--stale-histories', 'shoppers’ histories, too, are as of the last publication')
    .option('--strategy <name>', 'incremental, hybrid or full: how the model is updated (default incremental)')
    .option('--refit-every <interval>', '1d, 1w …: time of the stream between two refits of hybrid and full (default 1w)')
    .option('--refit-epochs <number>', 'epochs of a refit of hybrid and full (default 1)')
    .option('--refit-gate <events>', 'last events on which a refit is compared before it is promoted; 0: promoted without (default 1000)')
    .option('--refit-overlap <percent>', 'how much of some shoppers’ lists must stay for that (default 10)')
    .option('--items <file>', 'a catalogue of the items')
    .option('--no-words', 'learn nothing from titles and attributes')
    .option('--type <name>', 'event type where the file has none')
    .option('--threads <number>', 'training threads (default 1: the same figures each time)')
    .option('--engine <name>', 'auto, wasm, tensorflow or reference');
  withExamples(withOutputOptions(withModelOptions(command), { quiet: true }), [
    'freshet replay events.csv --columns user=customer,item=sku,time=at,type=action',
    'freshet replay 2009.csv.gz --preset online-retail-ii --json > result.json',
  ]);
  command.action(async (files: string[], flags: ReplayFlags & OutputFlags & ModelFlags) => {
    const options = resolveReplayOptions(files, flags, modelFlags(flags));
    const [{ createLearner }, { createFit }, { runReplay }] = await Promise.all([import('@freshet/trainer/learner/create'), import('@freshet/trainer/epochs/fit'), import('../replay/run.js')]);
    const progress = tools.progress(flags);
    const onChoice = ({ engine, why }: Decision): void => progress.say(`engine auto: ${engine} (${why})`);
    const result = await runReplay(options, { createLearner: (request) => createLearner({ ...request, onChoice }), createFit, now: () => performance.now(), progress }).finally(() => progress.end());
    tools.report(result, { json: flags.json, describe: describeReplay });
  });
}
