/** `bench train`: how many examples a second the gradient engine learns, in this process, for each number of threads. */
import { benchTrain } from '@freshet/trainer/engine/bench';
import { ENGINE_NAMES, type EngineName, isEngineName } from '@freshet/trainer/engine/names';
import type { Bench, BenchContext, BenchResult } from './bench.js';
import { describeMachine } from './machine.js';
import { option, parseWhole, type Resolved, resolveOptions, wholeNumber } from './options.js';

const MAX_THREADS = 64;

const OPTIONS = {
  items: wholeNumber('--items <number>', { help: 'items of the model', fallback: 100_000, from: 100, to: 2_000_000 }),
  dim: wholeNumber('--dim <number>', { help: 'floats of an item’s embedding, a multiple of 16', fallback: 64, from: 16, to: 512 }),
  negatives: wholeNumber('--negatives <number>', { help: 'sampled negatives of a micro-batch, a multiple of 4', fallback: 256, from: 4, to: 4_096 }),
  batch: wholeNumber('--batch <number>', { help: 'examples of a micro-batch, a multiple of 4', fallback: 32, from: 4, to: 512 }),
  threads: option({
    flags: '--threads <list>', help: 'numbers of threads, measured in turn', fallback: '1,2',
    parse: (text) => text.split(',').map((part) => parseWhole(part, 0, MAX_THREADS)),
  }),
  engine: option({ flags: '--engine <name>', help: ENGINE_NAMES.join(', '), fallback: 'auto', parse: parseEngine }),
  repetitions: wholeNumber('--repetitions <number>', { help: 'turns of each number of threads, taken one after the other', fallback: 5, from: 1, to: 100 }),
  seconds: wholeNumber('--seconds <number>', { help: 'measured seconds for each number of threads', fallback: 10, from: 1, to: 600 }),
} as const;
type Options = Resolved<typeof OPTIONS>;

export const trainBench: Bench = {
  help: 'examples a second of the gradient engine',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

function parseEngine(text: string): EngineName {
  if (isEngineName(text)) return text;
  throw new RangeError(`takes one of ${ENGINE_NAMES.join(', ')}`);
}

async function run(options: Options, { say, signal }: BenchContext): Promise<BenchResult> {
  const { engine: _, threads: counts, ...size } = options;
  signal.throwIfAborted();
  say(`training on ${counts.join(', ')} thread(s), ${options.seconds} s each, in ${options.repetitions} turns`);
  const report = await benchTrain(options);
  return {
    bench: 'train',
    measures: 'whole steps of the gradient engine (attention, pooling, products with the sample, rivals, follow terms, softmax, gradients, Adagrad) on histories of 10 to 20 events, with the model’s defaults but for the sizes; medians of the repetitions; gflops counts the products with the sample only',
    not_measured: ['making examples from events', 'histories, ranking before learning, publishing', 'accuracy: see freshet replay'],
    machine: describeMachine(),
    ...size,
    ...report,
  };
}
