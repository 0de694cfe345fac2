/** A fit on the real kernel: a set made by the learner itself, held back until `train`, then live. */
import { afterEach, describe, expect, it } from 'vitest';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { createFit, type Fit, type FitOptions, MOST_EXAMPLES } from '@freshet/trainer/epochs/fit';
import { createLearner } from '@freshet/trainer/learner/create';
import { BEGIN, RING, SMALL, step, walk } from '../support/cycle.js';

const OPTIONS: FitOptions = { model: SMALL, threads: 0, engine: 'wasm', maxItems: 20, trustedItems: true, publish: 'all', maxExamples: 1_000 };
const TRAIN = { epochs: 5, seed: 1, now: BEGIN };
const open: Fit[] = [];

async function fitOf(options: Partial<FitOptions> = {}): Promise<Fit> {
  const fit = await createFit({ ...OPTIONS, ...options });
  open.push(fit);
  return fit;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((fit) => fit.close()));
});

/** Mean rank of the next items of a newcomer's walk. */
function meanRank(fit: Fit, user: number): number {
  const ranks = fit.learner.examine(Array.from({ length: RING }, (_, n) => step(1_000 + n, user, n))).map(({ rank }) => rank);
  return ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
}

/** The ring's items in the order in which the walk comes upon them. */
function rowsInOrder(): CatalogueChange[] {
  const names = new Set(walk(100).map(({ event }) => event.item ?? ''));
  return [...names].map((id) => ({ op: 'put', id, fields: {} }));
}

const item = (fit: Fit) => fit.learner.cut().tables.find(({ table }) => table === 'item');

describe('a fit', () => {
  it('makes an example of each event with a history, and moves no parameter until it trains', async () => {
    const fit = await fitOf();
    const report = await fit.learner.round(walk(100));
    expect(report.examples).toBe(0);
    expect(fit.set()).toEqual({ examples: 95, dropped: 0 });
    const before = item(fit);
    const unlearned = await fitOf();
    await unlearned.learner.learn([{ kind: 'catalogue', changes: rowsInOrder(), seq: 1, source: 'test', receivedAt: BEGIN, historical: true }]);
    expect(before).toEqual(item(unlearned));
    await fit.train({ ...TRAIN, epochs: 1 });
    expect(item(fit)?.values).not.toEqual(before?.values);
  });

  it('counts followers, statistics and histories as the live learner does', async () => {
    const fit = await fitOf();
    const live = await createLearner(OPTIONS);
    try {
      await fit.learner.round(walk(100));
      await live.round(walk(100));
      const counted = ({ tables }: ReturnType<typeof live.cut>) => tables.filter(({ table }) => table === 'stat' || table === 'follow');
      expect(counted(fit.learner.cut())).toEqual(counted(live.cut()));
      expect([...fit.learner.histories().entries()]).toEqual([...live.histories().entries()]);
    } finally {
      await live.close();
    }
  });

  it('learns the set epoch by epoch: the loss falls and the next item comes first', async () => {
    const fit = await fitOf();
    await fit.learner.round(walk(600));
    const before = meanRank(fit, 50);
    const reports = await fit.train({ ...TRAIN, epochs: 20 });
    expect(reports.at(-1)?.loss).toBeLessThan(0.5 * (reports[0]?.loss ?? 0));
    expect(meanRank(fit, 51)).toBeLessThan(Math.min(1.5, before));
  });

  it('gives the same bytes for the same events and seed', async () => {
    const bytes = async (seed: number) => {
      const fit = await fitOf();
      await fit.learner.round(walk(200));
      await fit.train({ ...TRAIN, seed });
      return item(fit)?.values;
    };
    const once = await bytes(1);
    expect(await bytes(1)).toEqual(once);
    expect(await bytes(2)).not.toEqual(once);
  });

  it('keeps the latest examples when there are more than it holds, and says how many went', async () => {
    const fit = await fitOf({ maxExamples: 50 });
    await fit.learner.round(walk(100));
    expect(fit.set()).toEqual({ examples: 50, dropped: 45 });
    const [report] = await fit.train({ ...TRAIN, epochs: 1 });
    expect(report?.examples).toBe(50);
  });

  it('learns at once after it has gone live, with the set as its replay buffer', async () => {
    const fit = await fitOf();
    await fit.learner.round(walk(100));
    await fit.train(TRAIN);
    fit.goLive();
    const report = await fit.learner.round(walk(132).slice(100));
    expect(report.examples).toBe(64);
    expect(report.loss).toBeGreaterThan(0);
  });

  it('refuses a set of no examples or of more than the memory holds', async () => {
    for (const maxExamples of [0, 1.5, MOST_EXAMPLES + 1]) await expect(createFit({ ...OPTIONS, maxExamples })).rejects.toMatchObject({ code: 'option_value' });
  });
});
