import { DENSE, DEFAULT_MODEL, initialDense } from '@freshet/shared/domain/model-config';
import { randomBelow, randomNormal } from '@freshet/shared/domain/random';
import type { Example } from '@freshet/trainer/engine/example';
import { gradientOf, type Negative, softmax } from '@freshet/trainer/engine/reference-gradient';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const D = 16;
const ITEMS = 12;
const H = 1e-5;

/** A model in double precision, so that differences keep their digits. */
function model(seed: number) {
  const embeddings = Array.from({ length: ITEMS + 1 }, (_, row) => Float64Array.from({ length: D }, (_, d) => randomNormal(seed, row, d)));
  const biases = Float64Array.from({ length: ITEMS + 1 }, (_, row) => randomNormal(seed, row, 99) / 4);
  const dense = Float64Array.from(initialDense(), (w, i) => w + (i < DENSE.weights ? randomNormal(seed, i, 7) / 4 : 0));
  const follow = (item: number, follower: number): number => randomBelow(5, seed, item * 100 + follower, 8) / 4;
  const rivals = (item: number, most: number, without: ReadonlySet<number>): number[] => [10, 11, 12, item].filter((row) => !without.has(row)).slice(0, most);
  const parameters = { dense, follow, rivals, embedding: (row: number) => embeddings[row] as Float64Array, bias: (row: number) => biases[row] ?? 0 };
  // Rows 7 … 9 and 9 again, 10 being a rival, too: the sample has its own copies, as the engine draws it.
  const sample: Negative[] = [7, 8, 9, 9, 10].map((row) => ({ row, embedding: Float64Array.from(embeddings[row] ?? []), bias: biases[row] ?? 0, correction: 0.4 }));
  return { embeddings, biases, dense, parameters, sample };
}

function example(seed: number, effect: Example['effect']): Example {
  const history = Array.from({ length: randomBelow(8, seed, 1, 1) }, (_, k) => ({
    row: 1 + randomBelow(6, seed, k, 2),
    bucket: randomBelow(8, seed, k, 3),
    group: randomBelow(5, seed, k, 4),
    ...(randomBelow(4, seed, k, 6) === 0 ? { word: true as const } : {}),
  }));
  return { target: 1 + randomBelow(9, seed, 1, 5), weight: 1 + randomBelow(5, seed, 1, 6), effect, history, own: 0.25, past: [7, 9].map((row) => ({ row, bucket: randomBelow(8, seed, row, 7) })) };
}

describe('the gradient of the reference', () => {
  it.each(['positive', 'negative'] as const)('agrees with finite differences for a %s example', (effect) => {
    fc.assert(
      fc.property(fc.nat(100_000), (seed) => {
        const { embeddings, biases, dense, parameters, sample } = model(seed);
        const one = example(seed, effect);
        const loss = (): number => gradientOf(one, sample, parameters, setting).loss;
        const setting = { model: { ...DEFAULT_MODEL, temperature: 0.5, rivals: 2 }, followScale: 0.7 };
        const gradient = gradientOf(one, sample, parameters, setting);

        const expected = rowGradients(gradient);
        const rows = new Set([0, one.target, ...one.history.map(({ row }) => row), ...gradient.candidates.map(({ row }) => row)]);
        for (const row of rows) {
          const numeric = embeddings[row]?.map((_, d) => difference(embeddings[row] as Float64Array, d, loss)) ?? [];
          expectClose(numeric, expected.get(row) ?? new Float64Array(D));
        }
        for (const { row, slope } of [gradient.target, ...gradient.candidates]) expectClose([difference(biases, row, loss)], [slope]);
        for (const [place, negative] of sample.entries()) {
          const scored = gradient.sample[place];
          const numeric = Array.from({ length: D }, (_, d) => difference(negative.embedding as Float64Array, d, loss));
          expectClose(numeric, scored === undefined ? new Float64Array(D) : scoredGradient(scored, gradient));
        }
        expectClose(gradient.dense.map((_, w) => difference(dense, w, loss)), gradient.dense);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it('gives the figures of the worked example on interest as a softmax', () => {
    const h = [1, 0.5];
    // The clicked item first: that is the order `softmax` takes.
    const w = [[0, 1], [1, 0], [-1, 0]];
    const step = () => softmax(1, w.map((row) => ({ value: (row[0] ?? 0) + (row[1] ?? 0) * 0.5 })));
    const { loss, slopes } = step();
    expect(loss).toBeCloseTo(1.054957, 5);
    expectClose(slopes, [0.348207 - 1, 0.574097, 0.077696], 1e-5);
    const descend = (): void => {
      const { slopes: p } = step();
      for (const [i, row] of w.entries()) for (const [d, x] of h.entries()) row[d] = (row[d] ?? 0) - 0.1 * (p[i] ?? 0) * x;
    };
    descend();
    expectClose(w.flat(), [0.065179, 1.03259, 0.94259, -0.028705, -1.00777, -0.003885], 1e-5);
    expect(step().loss).toBeCloseTo(0.962474, 5);
    for (let n = 1; n < 10; n++) descend();
    expect(step().loss).toBeCloseTo(0.47351, 5);
  });
});

/** The sum over the roles of each row: target, candidate, pooled. */
function rowGradients(gradient: ReturnType<typeof gradientOf>): Map<number, Float64Array> {
  const { target, candidates, pooled } = gradient;
  const sums = new Map<number, Float64Array>();
  const add = (row: number, part: ArrayLike<number>): void => {
    const sum = sums.get(row) ?? new Float64Array(D);
    sums.set(row, sum.map((x, d) => x + (part[d] ?? 0)));
  };
  for (const scored of [target, ...candidates]) add(scored.row, scoredGradient(scored, gradient));
  for (const part of pooled) add(part.row, part.gradient);
  return sums;
}

function scoredGradient(scored: ReturnType<typeof gradientOf>['target'], { user, sharpness }: ReturnType<typeof gradientOf>): number[] {
  const { slope, cosine, length, embedding } = scored;
  return user.map((h, d) => ((slope * sharpness) / length) * (h - (cosine * (embedding[d] ?? 0)) / length));
}

function difference(x: Float64Array, i: number, loss: () => number): number {
  const here = x[i] ?? 0;
  x[i] = here + H;
  const above = loss();
  x[i] = here - H;
  const below = loss();
  x[i] = here;
  return (above - below) / (2 * H);
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-6): void {
  for (let i = 0; i < expected.length; i++) expect(Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? 0))).toBeLessThan(tolerance);
}
