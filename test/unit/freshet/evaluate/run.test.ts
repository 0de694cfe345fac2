/** Both protocols on data small enough to work out by hand, with the real kernel: what is learned, what is tested, among what. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFit, type Fit, type FitOptions } from '@freshet/trainer/epochs/fit';
import type { LearnerEvent } from '@freshet/trainer/learner/port';
import type { EvaluateFlags } from 'freshet/evaluate/flags';
import { resolveEvaluateOptions } from 'freshet/evaluate/options';
import { describeEvaluation } from 'freshet/evaluate/result';
import { runEvaluation } from 'freshet/evaluate/run';
import { directory } from '../../../support/data-files.js';

const SMALL: EvaluateFlags = { dim: '16', negatives: '8', epochs: '20', threads: '0' };

interface Watched {
  learned: string[];
  examined: { item: string; tested: boolean }[];
}

/** The real fit, with a note of what it is given. */
async function evaluate(files: Readonly<Record<string, string>>, flags: EvaluateFlags) {
  const path = directory(files);
  const named = Object.fromEntries(Object.keys(files).map((role) => [role, join(path, role)]));
  const watched: Watched = { learned: [], examined: [] };
  const watch = async (options: FitOptions): Promise<Fit> => {
    const fit = await createFit(options);
    const { learner } = fit;
    const round: typeof learner.round = (events, given) => {
      watched.learned.push(...events.map(({ event }) => event.item ?? ''));
      return learner.round(events, given);
    };
    const examine: typeof learner.examine = (events, given) => {
      const tested = (place: LearnerEvent): boolean => given?.evaluate?.(place) ?? true;
      watched.examined.push(...events.map((place) => ({ item: place.event.item ?? '', tested: tested(place) })));
      return learner.examine(events, given);
    };
    return { ...fit, learner: { ...learner, round, examine } };
  };
  let time = 0;
  const deps = { createFit: watch, now: () => (time += 500), progress: { step: () => undefined, say: () => undefined } };
  return { watched, result: await runEvaluation(resolveEvaluateOptions(undefined, { ...SMALL, ...named, ...flags }), deps) };
}

/** Sessions that walk a ring of `size` items: what comes next is certain. */
const walks = (from: number, sessions: number, size: number, length: number): string =>
  ['s,i', ...Array.from({ length: sessions }, (_, s) => Array.from({ length }, (_, k) => `${from + s},i${(s + k) % size}`)).flat()].join('\n');

describe('sessions', () => {
  const flags = { protocol: 'sessions', columns: 'session=s,item=i' };

  it('predicts every click but a session’s first from those before it, among all items of training', async () => {
    const test = 's,i\nx,i3\nx,i4\nx,i5\ny,i0\ny,i1\nalone,i2';
    const { watched, result } = await evaluate({ train: walks(0, 60, 10, 4), test }, flags);
    expect(watched.learned).toHaveLength(240);
    expect(result).toMatchObject({ tested: 3, items: 10, unknown: 0, events: 240, users: 60, examples: 180, dropped: 0, epochs: 20, mse: null });
    expect(result).toMatchObject({ recall_20: 1, hr_5: 1, accuracy: 1, auc: 1, mrr_20: 1 });
    expect(result.losses).toHaveLength(20);
    expect(result.losses.at(-1)).toBeLessThan(0.5 * (result.losses[0] ?? 0));
  });

  it('drops clicks on items that training doesn’t have before it cuts prefixes', async () => {
    const { result, watched } = await evaluate({ train: walks(0, 60, 10, 4), test: 's,i\nx,i3\nx,unheard\nx,i4' }, flags);
    expect(watched.examined.map(({ item }) => item)).toEqual(['i3', 'i4']);
    expect(result).toMatchObject({ tested: 1, unknown: 1, accuracy: 1 });
  });

  it('learns nothing of the test: a second look at it gives the same figures', async () => {
    const test = 's,i\nx,i3\nx,i9\ny,i3\ny,i9\nz,i3\nz,i9';
    const { result } = await evaluate({ train: walks(0, 60, 10, 4), test }, flags);
    // i9 never follows i3 in training; were the first session counted, the others would rank it higher.
    const { result: longer } = await evaluate({ train: walks(0, 60, 10, 4), test: `${test}\nu,i3\nu,i9` }, flags);
    expect(longer.mrr_20).toBe(result.mrr_20);
    expect(result.accuracy).toBe(0);
  });

  it('gives the same figures for the same seed', async () => {
    const files = { train: walks(0, 30, 10, 4), test: walks(100, 10, 10, 3) };
    const { seconds: _a, train_seconds: _b, test_seconds: _c, files: _d, ...first } = (await evaluate(files, { ...flags, epochs: '2' })).result;
    expect((await evaluate(files, { ...flags, epochs: '2' })).result).toMatchObject(first);
    expect((await evaluate(files, { ...flags, epochs: '2', seed: '2' })).result.losses).not.toEqual(first.losses);
  });

  it('learns each epoch, or the last one, in log order where that is asked for', async () => {
    const files = { train: walks(0, 30, 10, 4), test: walks(100, 10, 10, 3) };
    const [shuffled, log, last] = await Promise.all(['shuffled', 'log', 'log-last'].map(async (order) => (await evaluate(files, { ...flags, epochs: '2', order })).result));
    expect([shuffled?.order, log?.order, last?.order]).toEqual(['shuffled', 'log', 'log-last']);
    expect(log?.losses[0]).not.toBe(shuffled?.losses[0]);
    expect(last?.losses[0]).toBe(shuffled?.losses[0]);
    expect(last?.losses[1]).not.toBe(shuffled?.losses[1]);
  });

  it('trains no epoch when told so, and keeps the latest examples when there are too many', async () => {
    const files = { train: walks(0, 30, 10, 4), test: walks(100, 10, 10, 3) };
    expect((await evaluate(files, { ...flags, epochs: '0' })).result).toMatchObject({ epochs: 0, losses: [], examples_per_second: 0, tested: 20 });
    expect((await evaluate(files, { ...flags, maxExamples: '50' })).result).toMatchObject({ examples: 50, dropped: 40 });
  });
});

describe('leave-one-out', () => {
  const flags = { protocol: 'leave-one-out', columns: 'user=s,item=i' };

  it('tests each event of the test file, remembers the dev file, learns the training file only', async () => {
    const { watched, result } = await evaluate({ train: walks(0, 60, 30, 4), dev: 's,i\n0,i4\n1,i5', test: 's,i\n0,i5\n1,i6' }, { ...flags, candidates: '9' });
    expect(watched.learned).toHaveLength(240);
    expect(watched.examined).toEqual([{ item: 'i4', tested: false }, { item: 'i5', tested: false }, { item: 'i5', tested: true }, { item: 'i6', tested: true }]);
    // Had dev not been remembered, i4 and i5 would be expected.
    expect(result).toMatchObject({ tested: 2, accuracy: 1, candidates: 9, items: 30 });
  });

  it('ranks among the target and the sampled negatives', async () => {
    const files = { train: walks(0, 60, 30, 4), test: 's,i\n0,i20\n1,i21' };
    const few = (await evaluate(files, { ...flags, candidates: '3', epochs: '0' })).result;
    expect(few.hr_5).toBe(1); // the worst rank among 4 is 4
    const all = (await evaluate(files, { ...flags, epochs: '0' })).result;
    expect(all.candidates).toBe('all');
    expect(all.auc).toBeLessThan(1);
  });

  it('counts targets that training doesn’t have, and tests them', async () => {
    const { result } = await evaluate({ train: walks(0, 60, 30, 4), test: 's,i\n0,brand new\n1,i5' }, { ...flags, candidates: '9' });
    expect(result).toMatchObject({ tested: 2, unknown: 1, items: 31 });
  });

  it('leaves a user’s own items out of a full ranking, but for the target', async () => {
    const files = { train: walks(0, 60, 8, 4), test: 's,i\n0,i4' };
    const { result } = await evaluate(files, flags);
    // Eight items, of which the user has had i0 … i3: i4 is first of the four that are left.
    expect(result).toMatchObject({ tested: 1, accuracy: 1, auc: 1 });
  });

  it('holds out each user’s last event for --validation', async () => {
    const { result, watched } = await evaluate({ train: walks(0, 60, 10, 4) }, { ...flags, validation: true });
    expect(watched.learned).toHaveLength(180);
    expect(result).toMatchObject({ tested: 60, validation: true, accuracy: 1 });
  });

  it('learns relations of items as followers and as examples', async () => {
    const train = walks(0, 30, 10, 4);
    const path = directory({ relations: 'item_id,r_along\ni0,i20\ni1,i21' });
    const files = { train: `${train}\nz,i20\nz,i21`, test: 's,i\nq,i0\nq,i20\np,i1\np,i21' };
    const relations = { relations: join(path, 'relations'), relationFollowers: '5', relationWeight: '1' };
    const without = (await evaluate(files, { ...flags })).result;
    const withThem = (await evaluate(files, { ...flags, ...relations })).result;
    expect(withThem.examples).toBe(without.examples + 2);
    expect(withThem.mrr_20).toBeGreaterThan(without.mrr_20);
    expect(withThem).toMatchObject({ relations: { file: relations.relations, columns: null, followers: 5, weight: 1 } });
    expect(without.relations).toBeNull();
  });
});

describe('an evaluation with nothing to test', () => {
  const TYPED = `${walks(0, 60, 10, 4).replaceAll('\n', ',view\n').replace('s,i,view', 's,i,t')},view`;
  const sessions = { protocol: 'sessions', columns: 'session=s,item=i' };
  const users = { protocol: 'leave-one-out', columns: 'user=s,item=i' };

  it.each<[string, Record<string, string>, EvaluateFlags, RegExp]>([
    ['no item of the test file stands in the training file', { test: 's,i\nx,I-3\nx,I-4' }, sessions, /none of the items of .*test stands in the training file \(2 events; training has items such as "i0", "i1", "i2"\)/],
    ['every test session has one known click', { test: 's,i\nx,i3\ny,i4\ny,unheard' }, sessions, /no session of .*test has two clicks .*\(2 events; 1 more on items unknown in training\)/],
    ['no user of the test file stands in the training file', { test: 's,i\nx,i3\ny,i4' }, users, /no user of .*test has an event before .*\(2 events\).*ids of users/],
    ['nothing in the test file is of a type that is predicted', { test: 's,i,t\nx,i3,remove\nx,i4,remove', train: TYPED }, { ...sessions, columns: 'session=s,item=i,type=t' }, /type that is predicted.*remove/],
    ['what comes before the only event of its type is no part of a history', { test: 's,i,t\nx,i3,remove\nx,i4,view', train: TYPED }, { ...sessions, columns: 'session=s,item=i,type=t' }, /no event of .*test has one before it that the model remembers/],
    ['--validation would hold out no session', { train: walks(0, 4, 10, 4) }, { ...sessions, validation: true }, /last tenth of the sessions, and .*train has 4: it takes 5/],
    ['--validation would hold out no user’s event', { train: walks(0, 4, 10, 2) }, { ...users, validation: true }, /last event of each user who has 3, and nobody in .*train has/],
    ['what --validation holds out is of items of its own', { train: `${walks(0, 4, 10, 2)}\nlast,other\nlast,another` }, { ...sessions, validation: true }, /none of the items of the part of .*train that --validation holds out/],
  ])('is refused before anything is learned where %s', async (_, files, flags, sentence) => {
    const asked = evaluate({ train: walks(0, 60, 10, 4), ...files }, flags);
    await expect(asked).rejects.toThrow(sentence);
    await expect(asked).rejects.toMatchObject({ name: 'UsageError', code: 'nothing_tested' });
  });

  it('isn’t one where five sessions let --validation hold out one', async () => {
    const { result } = await evaluate({ train: walks(0, 5, 3, 3) }, { ...sessions, validation: true });
    expect(result).toMatchObject({ tested: 2, users: 4 });
  });
});

describe('the result of an evaluation', () => {
  it('has every setting that was used, the engine that was chosen among them', async () => {
    const { dim, negatives, epochs } = SMALL;
    const asked = { order: 'log', maxExamples: '500', batch: '8', historyDropout: '0.1', popularNegatives: '0.2', rivals: '3', sharpnessRate: '0.01', temperature: '0.2', rate: '0.3', followWeight: '0.4', seed: '7', type: 'click' };
    const flags = { ...asked, protocol: 'sessions', columns: 'session=s,item=i' };
    const { result } = await evaluate({ train: walks(0, 60, 10, 4), test: 's,i\nx,i3\nx,i4' }, flags);
    expect(result).toMatchObject({
      dim: Number(dim), negatives: Number(negatives), epochs: Number(epochs), order: 'log', max_examples: 500, batch: 8, history_dropout: 0.1, popular_negatives: 0.2, rivals: 3, sharpness_rate: 0.01,
      temperature: 0.2, rate: 0.3, follow_weight: 0.4, seed: 7, threads: 0, engine: 'wasm', protocol: 'sessions', candidates: 'all', validation: false, relations: null, type: 'click', preset: null, columns: 'session=s,item=i',
    });
    expect(result.files).toEqual({ train: expect.stringMatching(/train$/) as string, test: expect.stringMatching(/test$/) as string });
    expect((await evaluate({ train: walks(0, 60, 10, 4), test: 's,i\nx,i3\nx,i4' }, { ...flags, engine: 'reference', epochs: '1' })).result.engine).toBe('reference');
  });
});

describe('the text of an evaluation', () => {
  it('says the error of ratings, or that there are none', async () => {
    const flags = { protocol: 'leave-one-out', epochs: '1' };
    const rated = await evaluate({ train: 's,i,v\na,x,4\na,y,2\nb,x,4', test: 's,i,v\nb,y,3' }, { ...flags, columns: 'user=s,item=i,value=v' });
    expect(rated.result.mse).toBeGreaterThan(0);
    expect(describeEvaluation(rated.result)).toContain(`MSE ${rated.result.mse?.toFixed(4) ?? ''}`);
    const bare = await evaluate({ train: 's,i\na,x\na,y\nb,x', test: 's,i\nb,y' }, { ...flags, columns: 'user=s,item=i' });
    expect(describeEvaluation(bare.result)).toContain('MSE none (no ratings)');
  });

  it('says what was tested, among what, and the figures', async () => {
    const { result } = await evaluate({ train: walks(0, 60, 10, 4), test: 's,i\nx,i3\nx,i4' }, { protocol: 'sessions', columns: 'session=s,item=i' });
    expect(describeEvaluation(result)).toMatch(/240 events of 60 sessions and 10 items learned in 20 epochs; 1 tested among all items/);
    expect(describeEvaluation(result)).toMatch(/R@20 1\.0000 {2}MRR@20 1\.0000/);
  });
});
