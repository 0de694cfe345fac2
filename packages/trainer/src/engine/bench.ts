/**
 * The gradient engine's speed for several numbers of threads. They are measured in turn, several times over, so that what else the
 * machine does meets all of them: what counts is the median, and ratios within one run.
 */
import { chooseEngine } from './choose.js';
import type { EngineName } from './names.js';
import { openSpeedMeter, type SpeedMeter, type SpeedOptions, type TrainSpeed } from './speed.js';

export interface BenchTrainOptions extends Omit<SpeedOptions, 'engine'> {
  readonly engine: EngineName;
  /** Thread counts to measure; 0 is the calling thread. */
  readonly threads: readonly number[];
  /** The seconds of each thread count are cut into so many. */
  readonly repetitions: number;
}

/** Medians over the repetitions, but for `best`. */
export interface RepeatedSpeed extends TrainSpeed {
  /** The fastest repetition, in examples a second. */
  readonly best: number;
}

export interface BenchTrainReport {
  /** The last one measured: `auto` chooses for each number of threads. */
  readonly engine: string;
  readonly repetitions: number;
  readonly threads: Readonly<Record<string, RepeatedSpeed>>;
}

export async function benchTrain(options: BenchTrainOptions): Promise<BenchTrainReport> {
  const meters: { readonly count: number; readonly meter: SpeedMeter; readonly speeds: TrainSpeed[] }[] = [];
  let engine = options.engine;
  try {
    for (const count of options.threads) {
      if (options.engine === 'auto') ({ engine } = await chooseEngine(options, count));
      if (engine !== 'auto') meters.push({ count, meter: await openSpeedMeter({ ...options, engine }, count), speeds: [] });
    }
    for (let turn = 0; turn < options.repetitions; turn++) {
      for (const { meter, speeds } of meters) speeds.push(await meter.run(options.seconds / options.repetitions));
    }
  } finally {
    for (const { meter } of meters) await meter.close();
  }
  return { engine, repetitions: options.repetitions, threads: Object.fromEntries(meters.map(({ count, speeds }) => [String(count), summary(speeds)])) };
}

function summary(speeds: readonly TrainSpeed[]): RepeatedSpeed {
  const all = speeds.map((speed) => speed.examples_per_second);
  return {
    examples_per_second: median(all),
    best: Math.max(...all),
    best_examples_per_second: Math.max(...speeds.map((speed) => speed.best_examples_per_second)),
    cpu_us_per_example: median(speeds.map((speed) => speed.cpu_us_per_example)),
    gflops: median(speeds.map(({ gflops }) => gflops)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
