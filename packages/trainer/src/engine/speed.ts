/**
 * How many examples a second the gradient engine learns, whole step: attention, pooling, normalisation, the sample's
 * products, rivals, follow terms, softmax, gradients, Adagrad. Items are drawn by Zipf's law, histories have 10 to 20 events, and items
 * have followers.
 *
 * Not measured: making examples from events, histories, ranking, publishing, the log.
 */
import { DEFAULT_MODEL, HISTORY_LENGTH } from '@freshet/shared/domain/model-config';
import { randomBelow, randomUnit } from '@freshet/shared/domain/random';
import { FOLLOW_EPOCH_MS } from '@freshet/shared/domain/tables';
import { createMemory, planLayout } from '../parameters/layout.js';
import { createParameters, type ParameterStore } from '../parameters/parameters.js';
import { createEngine, type EngineChoice } from './create.js';
import type { Example } from './example.js';
import { compileKernel, createExaminer, openKernel } from './kernel.js';
import type { Round } from './port.js';

const SEED = 1;
const EXAMPLES = 8_192;
const EXAMPLES_A_ROUND = 4_096;
const FOLLOWS_AN_ITEM = 20;
/** Events that negatives are drawn from by popularity. */
const EVENTS = 262_144;

export interface SpeedOptions {
  readonly items: number;
  readonly dim: number;
  readonly negatives: number;
  /** Examples of a micro-batch. */
  readonly batch: number;
  readonly engine: EngineChoice['engine'];
  /** After a warm-up. */
  readonly seconds: number;
}

export interface TrainSpeed {
  readonly examples_per_second: number;
  /** The fastest round: what the machine can do when nothing else runs on it. */
  readonly best_examples_per_second: number;
  /** Processor time of all threads, in microseconds: it says the same on a machine that has other things to do. */
  readonly cpu_us_per_example: number;
  /** Only the products with the sample: 6 · K · D operations an example. */
  readonly gflops: number;
}

/** A model that is trained for as long as one asks, again and again. */
export interface SpeedMeter {
  run(seconds: number): Promise<TrainSpeed>;
  close(): Promise<void>;
}

/** `threads`: 0 is the calling one. */
export async function measureSpeed(options: SpeedOptions, threads: number): Promise<TrainSpeed> {
  const meter = await openSpeedMeter(options, threads);
  try {
    return await meter.run(options.seconds);
  } finally {
    await meter.close();
  }
}

export async function openSpeedMeter({ items, dim, negatives, batch, engine: name, seconds }: SpeedOptions, threads: number): Promise<SpeedMeter> {
  const layout = planLayout({ model: { ...DEFAULT_MODEL, dim, negatives, batch, replayCapacity: 0 }, maxItems: items, threads });
  const memory = createMemory(layout);
  const module = compileKernel();
  const kernel = openKernel(module, memory);
  const parameters = createParameters(layout, memory, createExaminer(kernel, layout, memory));
  fill(parameters, items);
  const engine = await createEngine({ module, kernel, parameters }, { engine: name, threads });
  let turn = 0;
  const round = async (): Promise<number> => {
    const started = performance.now();
    const { examples } = await engine.run(roundOf(parameters, turn++));
    return (examples * 1_000) / (performance.now() - started);
  };
  const warm = performance.now() + Math.min(1_000, seconds * 250);
  while (performance.now() < warm) await round();
  return {
    async run(length) {
      const speeds: number[] = [];
      const used = process.cpuUsage();
      const end = performance.now() + length * 1_000;
      while (performance.now() < end || speeds.length === 0) speeds.push(await round());
      const { user, system } = process.cpuUsage(used);
      return summary(speeds, { operations: 6 * negatives * dim, cpuUs: (user + system) / (speeds.length * roundOf(parameters, 0).batches.length * batch) });
    },
    close: () => engine.close(),
  };
}

/** Rounds are equally long in examples, so the mean speed is the harmonic mean of theirs. */
function summary(speeds: readonly number[], { operations, cpuUs }: { readonly operations: number; readonly cpuUs: number }): TrainSpeed {
  const mean = speeds.length / speeds.reduce((sum, speed) => sum + 1 / speed, 0);
  return {
    examples_per_second: Math.round(mean),
    best_examples_per_second: Math.round(Math.max(...speeds)),
    cpu_us_per_example: Number(cpuUs.toFixed(2)),
    gflops: Number(((mean * operations) / 1e9).toFixed(2)),
  };
}

function fill(parameters: ParameterStore, items: number): void {
  for (let i = 0; i < items; i++) parameters.markCatalogued(parameters.allot());
  for (let i = 0; i < items * FOLLOWS_AN_ITEM; i++) {
    parameters.addFollow(zipf(items, i, 1), zipf(items, i, 2), { ms: FOLLOW_EPOCH_MS, weight: 1 });
  }
  for (let i = 0; i < EVENTS; i++) parameters.touch(zipf(items, i, 5), { seconds: 1, user: 1 });
  for (let slot = 0; slot < EXAMPLES; slot++) parameters.examples.write(slot, exampleOf(items, slot));
}

function exampleOf(items: number, slot: number): Example {
  const length = HISTORY_LENGTH / 2 + randomBelow(HISTORY_LENGTH / 2 + 1, SEED, slot, 3);
  const history = Array.from({ length }, (_, k) => ({ row: zipf(items, slot, 10 + k), bucket: randomBelow(8, SEED, slot, 40 + k), group: 0 }));
  return { target: zipf(items, slot, 4), weight: 1, effect: 'positive', history, own: 0 };
}

/** A row from 1 with probability about 1/row. */
function zipf(items: number, a: number, b: number): number {
  return Math.min(items, Math.floor(items ** randomUnit(SEED, a, b)));
}

function roundOf({ eligibleCount, layout }: ParameterStore, turn: number): Round {
  const { batch } = layout.model;
  const batches = Array.from({ length: Math.ceil(EXAMPLES_A_ROUND / batch) }, (_, index) => ({
    seedA: turn,
    seedB: index,
    examples: Array.from({ length: batch }, (__, b) => (index * batch + b) % EXAMPLES),
  }));
  return { batches, eligibleCount, followScale: 1 };
}
