/** `freshet evaluate`: learn a training file over several epochs and test by a published protocol, to stand beside a paper's table. */
import type { Command } from 'commander';
import { type OutputFlags, withExamples, withOutputOptions } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';
import type { EvaluateFlags } from '../evaluate/flags.js';
import { resolveEvaluateOptions } from '../evaluate/options.js';
import { SPLIT_PRESETS } from '../evaluate/presets.js';
import { describeEvaluation } from '../evaluate/result.js';

export function addEvaluateCommand(program: Command, tools: CommandTools): void {
  const command = program
    .command('evaluate')
    .description('learn a training file over several epochs, test by a published protocol and print the accuracy')
    .argument('[directory]', 'where a preset’s files are')
    .option('--train <file>', 'events to learn: CSV, TSV or NDJSON, plain or gzip')
    .option('--test <file>', 'events to predict')
    .option('--dev <file>', 'events that are remembered before the test, not learned')
    .option('--validation', 'hold out a part of the training file and test on it instead')
    .option('--protocol <name>', 'sessions or leave-one-out')
    .option('--columns <map>', 'session=… or user=…, item=…[,time=…,type=…,value=…]; numbers are places, for files without a header')
    .option('--preset <name>', SPLIT_PRESETS.join(', '))
    .option('--candidates <number>', 'all, or how many sampled negatives (leave-one-out only; default all)')
    .option('--relations <file>', 'items with lists of related items')
    .option('--relation-columns <names>', 'its lists, comma-separated (default: columns that begin with r_)')
    .option('--relation-followers <number>', 'events that a relation counts as in the follow table')
    .option('--relation-weight <number>', 'weight of a relation as an example; 0 makes none')
    .option('--epochs <number>', 'how often the training set is visited (default 8)')
    .option('--order <name>', 'of an epoch’s examples: shuffled, log (the newest last), or log-last (shuffled but for the last epoch; default shuffled)')
    .option('--max-examples <number>', 'examples kept at most; the oldest make room (default 4000000)')
    .option('--dim <number>', 'floats of an item’s embedding, a multiple of 16 up to 512 (default 128)')
    .option('--negatives <number>', 'sampled negatives of a micro-batch, a multiple of 4 up to 4096 (default 1024)')
    .option('--batch <number>', 'examples of a micro-batch, which share the negatives; a multiple of 4 up to 512 (default 32)')
    .option('--history-dropout <share>', 'share of a history left out at random each time an example is trained (default 0.2)')
    .option('--popular-negatives <share>', 'share of the negatives drawn by popularity, up to 0.95 (default 0)')
    .option('--rivals <number>', 'followers of the last item that are candidates of the loss (default 0)')
    .option('--sharpness-rate <number>', 'η of the learned sharpness; 0 holds it (default 0)')
    .option('--temperature <number>', 'τ of the cosine (default 0.1)')
    .option('--rate <number>', 'η of item rows (default 0.1)')
    .option('--follow-weight <number>', 'weight of who followed the last item; the items before it have none (default 0.1)')
    .option('--engine <name>', 'auto, wasm, tensorflow or reference')
    .option('--threads <number>', 'training threads (default 1: the same figures each time)')
    .option('--seed <number>', 'seed of everything drawn at random (default 1)')
    .option('--type <name>', 'event type where the files have none (default view; a preset knows its own)');
  withExamples(withOutputOptions(command, { quiet: true }), [
    'freshet evaluate data/yoochoose-clicks-100k --preset yoochoose-clicks-100k',
    'freshet evaluate --train train.csv --test test.csv --protocol leave-one-out --columns user=user,item=item,time=at --candidates 99 --json',
  ]);
  command.action(async (directory: string | undefined, flags: EvaluateFlags & OutputFlags) => {
    const options = resolveEvaluateOptions(directory, flags);
    const [{ createFit }, { runEvaluation }] = await Promise.all([import('@freshet/trainer/epochs/fit'), import('../evaluate/run.js')]);
    const progress = tools.progress(flags);
    const deps = { createFit, now: () => performance.now(), progress, signal: tools.stopSignal() };
    const result = await runEvaluation(options, deps).finally(() => progress.end());
    tools.report(result, { json: flags.json, describe: describeEvaluation });
  });
}
