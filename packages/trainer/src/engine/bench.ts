/** The gradient engine's speed for several numbers of threads, one after the other. */
import { chooseEngine } from './choose.js';
import type { EngineName } from './names.js';
import { measureSpeed, type SpeedOptions, type TrainSpeed } from './speed.js';

export interface BenchTrainOptions extends Omit<SpeedOptions, 'engine'> {
  readonly engine: EngineName;
  /** Thread counts to measure; 0 is the calling thread. */
  readonly threads: readonly number[];
}

export interface BenchTrainReport {
  /** The last one measured: `auto` chooses for each number of threads. */
  readonly engine: string;
  readonly threads: Readonly<Record<string, TrainSpeed>>;
}

export async function benchTrain(options: BenchTrainOptions): Promise<BenchTrainReport> {
  const threads: Record<string, TrainSpeed> = {};
  let engine = options.engine;
  for (const count of options.threads) {
    if (options.engine === 'auto') ({ engine } = await chooseEngine(options, count));
    if (engine !== 'auto') threads[String(count)] = await measureSpeed({ ...options, engine }, count);
  }
  return { engine, threads };
}
