import { createWasmEngine } from '@freshet/trainer/engine/wasm-engine';
import { describe, expect, it } from 'vitest';
import { roundOf, smallLearner } from '../support/small-learner.js';

const SIGNIFICANT = { epsilon: 0.02, biasEpsilon: 0.06 };
const ALL = { epsilon: 0, biasEpsilon: 0 };
const WORDS = 7;
const learnerWithWords = (maxWords = WORDS) => smallLearner({ items: 20, seed: 3, words: WORDS, maxWords });

describe('word rows', () => {
  it('are given out from 0 until the table is full', () => {
    const { parameters } = smallLearner({ items: 3, seed: 1, maxWords: 2 });
    expect([parameters.words.allot(), parameters.words.allot(), parameters.words.allot()]).toEqual([0, 1, undefined]);
    expect(parameters.words.rows).toBe(2);
  });

  it('are learned in the place of a history, published when they have moved, and no item row with them', async () => {
    const learner = learnerWithWords();
    const { parameters, layout } = learner;
    for (const take of [parameters.words.take, parameters.takeItems]) take(ALL);
    const history = [1, 4].map((word) => ({ row: layout.rows + word, bucket: 0, group: 0, word: true as const }));
    parameters.examples.write(0, { target: 5, weight: 1, effect: 'positive', history, own: 0 });
    await createWasmEngine(learner.kernel, parameters).run(roundOf(learner, [1]));
    expect([...parameters.words.take(SIGNIFICANT).ids]).toEqual([1, 4]);
    expect([...parameters.takeItems(SIGNIFICANT).ids].every((row) => row < layout.rows)).toBe(true);
    expect(parameters.words.take(SIGNIFICANT).ids).toHaveLength(0);
  });

  it('written into another store read the same, and leave nothing to publish there', async () => {
    const learner = learnerWithWords();
    await createWasmEngine(learner.kernel, learner.parameters).run(roundOf(learner, [32]));
    const { ids, values } = learner.parameters.words.take(ALL);
    const copy = smallLearner({ items: 20, seed: 9, maxWords: WORDS, examples: 0 }).parameters;
    copy.write('word', ids, values);
    expect(copy.read('word', ids).values).toEqual(values);
    expect([copy.words.rows, copy.words.take(ALL).ids.length]).toEqual([WORDS, 0]);
  });

  it('outside of the table are refused with what to do', () => {
    const { parameters } = learnerWithWords();
    const { ids, values } = parameters.words.take(ALL);
    const smaller = smallLearner({ items: 20, seed: 9, maxWords: 3, examples: 0 }).parameters;
    expect(() => smaller.write('word', ids, values)).toThrow(/word row 3 lies outside the table, which holds 3 words: start with more `--max-words`/);
  });
});

describe('an item’s row made from words', () => {
  it('has the direction of their mean and the length of a new row, no bias, and an accumulator that slows its first steps', () => {
    const { parameters, tables, layout, model } = learnerWithWords();
    tables.bias[7] = 3;
    tables.biasAcc[7] = 3;
    tables.acc[7] = 3;
    const rowOf = (row: number): Float32Array => tables.embedding.subarray(row * model.dim, (row + 1) * model.dim);
    parameters.startFrom(7, [layout.rows, layout.rows + 2]);
    const sum = rowOf(layout.rows).map((x, d) => x + (rowOf(layout.rows + 2)[d] ?? 0));
    const length = Math.hypot(...sum);
    for (const [d, x] of rowOf(7).entries()) expect(x).toBeCloseTo((sum[d] ?? 0) / length, 5);
    expect([tables.bias[7], tables.biasAcc[7], tables.acc[7]]).toEqual([0, 0, 5]);
  });

  it('with a share of chance is at that angle to their mean, towards what the row had been without words', () => {
    const { parameters, tables, layout, model } = learnerWithWords();
    const rowOf = (row: number): Float32Array => tables.embedding.slice(row * model.dim, (row + 1) * model.dim);
    const chance = rowOf(7);
    parameters.startFrom(7, [layout.rows]);
    const words = rowOf(7);
    parameters.startFrom(7, [layout.rows], 0.6);
    for (const [d, x] of rowOf(7).entries()) expect(x).toBeCloseTo(0.8 * (words[d] ?? 0) + 0.6 * (chance[d] ?? 0), 5);
  });

  it('stays as it was when the words have no direction', () => {
    const { parameters, tables, layout, model } = learnerWithWords();
    tables.embedding.fill(0, layout.rows * model.dim);
    const before = tables.embedding.slice();
    parameters.startFrom(7, [layout.rows]);
    expect(tables.embedding).toEqual(before);
  });
});
