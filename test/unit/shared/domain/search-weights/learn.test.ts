/** Search's weights: what is learned from clicks whose model is known, what places can't do to it, and what is kept out. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { randomBelow } from '@freshet/shared/domain/random';
import { addChoice, type Choice, choiceOf, type ClickedSearch, emptySums, PARAMETERS, thetaOf } from '@freshet/shared/domain/search-weights/choice-model';
import { fit } from '@freshet/shared/domain/search-weights/fit';
import { LEAST_SEARCHES, learnWeights, type Learning } from '@freshet/shared/domain/search-weights/learn';
import { bounded, decodeFeature, DEFAULT_WEIGHTS, encodeFeatures, FACTOR, FEATURES, LEARNED, type SearchWeights } from '@freshet/shared/domain/search-weights/weights';
import { makeSearches } from './made-searches.js';

const TRUTH: SearchWeights = { text: 1, words: 0.35, shopper: 0.6, popularity: 0.05, unavailable: 0.5 };

/** The largest factor by which a learned weight is off. */
function off(weights: SearchWeights, from: SearchWeights): number {
  return Math.max(...LEARNED.map((name) => Math.exp(Math.abs(Math.log(weights[name] / from[name])))));
}

function choiceIn(search: ClickedSearch | undefined): Choice {
  const choice = search === undefined ? undefined : choiceOf(search);
  if (choice === undefined) throw new Error('nothing was taken, or all');
  return choice;
}

function judged(learning: Learning) {
  if (learning.result !== 'judged') throw new Error(`it was not judged: ${learning.result}`);
  return learning;
}

describe('weights learned from clicks', () => {
  it('come to those that the clicks were made by, though shown by others and clicked by place', { timeout: 60_000 }, async () => {
    const learned = judged(await learnWeights(makeSearches({ count: 6_000, truth: TRUTH, bias: 1 }), { inForce: DEFAULT_WEIGHTS }));
    // The prior keeps a part of the way.
    expect(off(learned.weights, TRUTH)).toBeLessThan(1.5);
    expect(off(DEFAULT_WEIGHTS, TRUTH)).toBeGreaterThan(1.9);
    for (const name of LEARNED) expect(Math.abs(learned.weights[name] - TRUTH[name])).toBeLessThan(0.6 * Math.abs(DEFAULT_WEIGHTS[name] - TRUTH[name]));
    expect(learned).toMatchObject({ learnedFrom: 4_500, heldOut: 1_500, refusal: undefined });
    expect(learned.gain).toBeGreaterThan(0);
    expect(learned.mrr.learned).toBeGreaterThan(learned.mrr.inForce);
    // Of the tenth place, a tenth.
    expect(learned.looked[4]).toBeGreaterThan(0.06);
    expect(learned.looked[4]).toBeLessThan(0.15);
  });

  it('stay where they are when shoppers want what is shown, however much the places say', { timeout: 60_000 }, async () => {
    for (const bias of [0, 0.7, 1.5]) {
      const learned = judged(await learnWeights(makeSearches({ count: 3_000, truth: DEFAULT_WEIGHTS, bias, seed: 2 }), { inForce: DEFAULT_WEIGHTS }));
      expect(off(learned.weights, DEFAULT_WEIGHTS)).toBeLessThan(1.3);
      // What may pass by chance is next to nothing.
      expect(Math.abs(learned.mrr.learned - learned.mrr.inForce)).toBeLessThan(0.01);
    }
  });

  it('aren’t turned by clicks that go by places alone', { timeout: 60_000 }, async () => {
    const learned = judged(await learnWeights(makeSearches({ count: 2_000, truth: DEFAULT_WEIGHTS, bias: 1, scale: 0, seed: 3 }), { inForce: DEFAULT_WEIGHTS }));
    expect(learned.refusal?.code).toBeDefined();
    expect(learned.weights.shopper).toBeLessThan(2 * DEFAULT_WEIGHTS.shopper);
  });

  it('are those of the shop after ten clicks, and differ more the more clicks say so', async () => {
    const after = async (count: number): Promise<number> => off((await fit(makeSearches({ count, truth: TRUTH, bias: 1, seed: 4 }).map(choiceIn))).weights, DEFAULT_WEIGHTS);
    const [ten, hundred, thousands] = [await after(10), await after(100), await after(3_000)];
    expect(ten).toBeLessThan(1.25);
    expect(hundred).toBeLessThan(thousands);
    expect(thousands).toBeGreaterThan(1.5);
  });

  it('are the same in whatever order the searches come', { timeout: 60_000 }, async () => {
    const searches = makeSearches({ count: 1_200, truth: TRUTH, bias: 1, seed: 5 });
    const shuffled = searches.map((search, i) => ({ search, key: randomBelow(1e6, 7, i, 0) })).sort((a, b) => a.key - b.key).map(({ search }) => search);
    expect(shuffled[0]).not.toBe(searches[0]);
    expect(await learnWeights(shuffled, { inForce: DEFAULT_WEIGHTS })).toEqual(await learnWeights(searches, { inForce: DEFAULT_WEIGHTS }));
  });

  it('are learned in short stretches, with the same outcome', { timeout: 120_000 }, async () => {
    const searches = makeSearches({ count: 4_000, truth: TRUTH, bias: 1, seed: 5 });
    // Processor time, so that what else the machine does isn't counted.
    const used = (): number => process.cpuUsage().user + process.cpuUsage().system;
    const stretches: number[] = [];
    let since = used();
    const rest = async (): Promise<void> => {
      stretches.push(used() - since);
      await setImmediate();
      since = used();
    };
    const learned = await learnWeights(searches, { inForce: DEFAULT_WEIGHTS, rest });
    stretches.push(used() - since);
    // Judging alone was a ninth of it once, at a stretch.
    expect(Math.max(...stretches)).toBeLessThan(stretches.reduce((sum, one) => sum + one, 0) / 20);
    expect(learned).toEqual(await learnWeights(searches, { inForce: DEFAULT_WEIGHTS }));
  });

  it('need a thousand searches, and those of which all or nothing was taken don’t count', async () => {
    const searches = makeSearches({ count: LEAST_SEARCHES - 1, truth: TRUTH, bias: 1 });
    const all = searches.slice(0, 100).map((search, i) => ({ ...search, id: 1e6 + i, taken: Array.from({ length: 20 }, (_, place) => place + 1) }));
    expect(all.flatMap((search) => choiceOf(search) ?? [])).toEqual([]);
    expect(await learnWeights([...searches, ...all], { inForce: DEFAULT_WEIGHTS })).toEqual({ result: 'too_few_searches', searches: LEAST_SEARCHES - 1 });
  });

  it('are kept out when what shoppers want has changed since, and those in force know it', { timeout: 60_000 }, async () => {
    const old = makeSearches({ count: 3_000, truth: TRUTH, bias: 1, seed: 6 });
    const newer = makeSearches({ count: 1_000, truth: DEFAULT_WEIGHTS, bias: 1, seed: 7, from: 3_001 });
    expect(judged(await learnWeights([...old, ...newer], { inForce: DEFAULT_WEIGHTS })).refusal?.code).toBe('worse');
  });

  it('are within a factor of three of the defaults, whatever was clicked', { timeout: 60_000 }, async () => {
    const extreme: SearchWeights = { text: 1, words: 0.001, shopper: 9, popularity: 3, unavailable: 0.001 };
    const { weights } = judged(await learnWeights(makeSearches({ count: 3_000, truth: extreme, bias: 0.5, seed: 8 }), { inForce: DEFAULT_WEIGHTS }));
    for (const name of LEARNED) {
      expect(weights[name]).toBeGreaterThanOrEqual(DEFAULT_WEIGHTS[name] / FACTOR - 1e-4);
      expect(weights[name]).toBeLessThanOrEqual(DEFAULT_WEIGHTS[name] * FACTOR + 1e-4);
    }
    expect(weights.shopper).toBeGreaterThan(2 * DEFAULT_WEIGHTS.shopper);
    expect(bounded(weights)).toEqual(weights);
  });
});

describe('the choice model', () => {
  it('has the slope that its likelihood has', () => {
    const [search] = makeSearches({ count: 1, truth: TRUTH, bias: 1 });
    if (search === undefined) throw new Error('no search');
    const choice = choiceIn({ ...search, taken: [2, 7] });
    const theta = thetaOf(TRUTH, 3, [-0.5, -1, -1.2, -2, -3, -4]);
    const sums = emptySums();
    addChoice(theta, choice, sums);
    for (let a = 0; a < PARAMETERS; a++) {
      const at = (step: number): number => addChoice(theta.map((value, b) => value + (a === b ? step : 0)), choice);
      expect(sums.slope[a]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 6);
    }
  });

  it('adds up to one over what might have been taken', () => {
    const [search] = makeSearches({ count: 1, truth: TRUTH, bias: 1 });
    if (search === undefined) throw new Error('no search');
    const theta = thetaOf(DEFAULT_WEIGHTS, 5, [-1, -1, -2, -2, -3, -4]);
    const chances = Array.from({ length: 20 }, (_, i) => Math.exp(addChoice(theta, choiceIn({ ...search, taken: [i + 1] }))));
    expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 10);
  });
});

describe('features', () => {
  it('are kept to a ten-thousandth, between 0 and 1', () => {
    const features = { text: 1, words: 0.12345, shopper: 0, popularity: 1.2, unavailable: 1 };
    const kept = encodeFeatures(features);
    expect(kept).toEqual([10_000, 1_235, 0, 10_000, 10_000]);
    expect(FEATURES.map((_, f) => decodeFeature([...kept, ...kept], 1, f))).toEqual([1, 0.1235, 0, 1, 1]);
  });
});
