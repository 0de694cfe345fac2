/** A learner's memory filled with items, followers and examples that are a pure function of a seed. */
import { DEFAULT_MODEL, DENSE, type ModelConfig } from '@freshet/shared/domain/model-config';
import { randomBelow } from '@freshet/shared/domain/random';
import { FOLLOW_EPOCH_MS } from '@freshet/shared/domain/tables';
import type { Example } from '@freshet/trainer/engine/example';
import { compileKernel, createExaminer, openKernel } from '@freshet/trainer/engine/kernel';
import type { Round } from '@freshet/trainer/engine/port';
import { createMemory, planLayout } from '@freshet/trainer/parameters/layout';
import { createParameters } from '@freshet/trainer/parameters/parameters';

export interface SmallLearnerOptions {
  readonly items: number;
  readonly seed: number;
  readonly model?: Partial<ModelConfig>;
  readonly threads?: number;
  /** Default: the fastest there is. */
  readonly build?: keyof typeof modules;
  /** How many items may be negatives; default all. */
  readonly eligible?: number;
  readonly examples?: number;
  /** Events counted before, most of them on the first items. */
  readonly events?: number;
  /** Words, which then stand in histories; default none. */
  readonly words?: number;
  /** Words there is room for; default as many as there are. */
  readonly maxWords?: number;
}

const EXAMPLES = 80;
const modules = { fastest: compileKernel(), plain: compileKernel('plain') };

export function smallLearner(options: SmallLearnerOptions) {
  const { items, seed, threads = 0, eligible = items, examples = EXAMPLES, events = 0, words = 0, maxWords = words } = options;
  const model = { ...DEFAULT_MODEL, dim: 32, negatives: 16, replayCapacity: 16, ...options.model };
  const layout = planLayout({ model, maxItems: items, maxWords, threads });
  const memory = createMemory(layout);
  const module = modules[options.build ?? 'fastest'];
  const kernel = openKernel(module, memory);
  const examiner = createExaminer(kernel, layout, memory);
  const parameters = createParameters(layout, memory, examiner);
  for (let i = 0; i < items; i++) {
    const row = parameters.allot();
    if (i < eligible) parameters.markCatalogued(row);
  }
  for (let w = 0; w < words; w++) parameters.words.allot();
  const draw = (below: number, a: number, b: number): number => randomBelow(below, seed, a, b);
  for (let i = 0; i < 10 * items; i++) {
    parameters.addFollow(1 + draw(items, i, 1), 1 + draw(items, i, 2), { ms: FOLLOW_EPOCH_MS, weight: (1 + draw(10, i, 3)) / 5 });
  }
  for (let i = 0; i < events; i++) parameters.touch(1 + Math.floor((draw(items, i, 4) * draw(items, i, 5)) / items), { seconds: 1, user: 1 });
  for (let slot = 0; slot < examples; slot++) parameters.examples.write(slot, withWords(randomExample(items, slot, draw), { first: layout.rows, words, slot }, draw));
  const floats = (at: number, length: number) => new Float32Array(memory.buffer, at, length);
  const tables = {
    embedding: floats(layout.embedding, (layout.rows + layout.wordRows) * model.dim),
    bias: floats(layout.bias, layout.rows),
    acc: floats(layout.acc, layout.rows + layout.wordRows),
    biasAcc: floats(layout.biasAcc, layout.rows),
    dense: floats(layout.dense, DENSE.floats),
  };
  return { model, layout, memory, module, kernel, examiner, parameters, tables };
}

export type SmallLearner = ReturnType<typeof smallLearner>;

/** Histories of 0 to 20 events with repeated rows, past items beside them, targets that are in either, refusals, weights, own contributions. */
function randomExample(items: number, slot: number, draw: (below: number, a: number, b: number) => number): Example {
  const history = Array.from({ length: draw(21, slot, 100) }, (_, k) => ({
    row: 1 + draw(items, slot, 200 + k),
    bucket: draw(8, slot, 300 + k),
    group: draw(5, slot, 400 + k),
  }));
  const target = 1 + draw(items, slot, 101);
  const effect = draw(8, slot, 102) === 0 ? 'negative' : 'positive';
  const rows = new Set(Array.from({ length: history.length === 0 ? 0 : draw(20, slot, 105) }, (_, i) => 1 + draw(items, slot, 500 + i)));
  const past = [...rows].filter((row) => !history.some((event) => event.row === row)).map((row) => ({ row, bucket: draw(8, slot, 600 + row) }));
  return { target, weight: 1 + draw(5, slot, 103), effect, history, own: draw(3, slot, 104) / 4, past };
}

/** Of every three examples one has words in place of its history, one has them in front of it or behind it. */
function withWords(example: Example, { first, words, slot }: { first: number; words: number; slot: number }, draw: (below: number, a: number, b: number) => number): Example {
  if (words === 0 || slot % 3 === 0) return example;
  const some = Array.from({ length: 1 + draw(6, slot, 500) }, (_, k) => ({ row: first + draw(words, slot, 510 + k), bucket: 0, group: 0, word: true as const }));
  if (slot % 3 === 1) return { ...example, effect: 'positive', history: some, own: 0 };
  const events = example.history.slice(0, 10);
  return { ...example, history: slot % 2 === 0 ? [...events, ...some] : [...some, ...events], own: slot % 2 === 0 ? example.own : 0 };
}

/** Micro-batches of the given sizes over the examples in order; the dense weights are held in every third. */
export function roundOf(learner: SmallLearner, sizes: readonly number[], seed = 5): Round {
  let next = 0;
  const batches = sizes.map((size, b) => ({ seedA: seed, seedB: b, examples: Array.from({ length: size }, () => next++), denseHeld: b % 3 === 2 }));
  return { batches, eligibleCount: learner.parameters.eligibleCount, followScale: 0.7 };
}

/** Largest difference, relative to the largest number of either; `without`: a share of the numbers that may be further apart. */
export function distance(x: Float32Array, y: Float32Array, without = 0): number {
  const apart = x.map((value, i) => Math.abs(value - (y[i] ?? Number.NaN)));
  if (!apart.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const values of [x, y]) for (const value of values) largest = Math.max(largest, Math.abs(value));
  const counted = apart.sort()[Math.ceil((1 - without) * x.length) - 1] ?? 0;
  return largest === 0 ? 0 : counted / largest;
}
