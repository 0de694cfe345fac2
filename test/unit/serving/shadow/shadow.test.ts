/** The shadow: asked beside a share of the answers, compared, never in the way. */
import { createMetrics } from '@freshet/shared/metrics';
import { silentLogger } from '@freshet/shared/logger';
import type { Held } from '@freshet/serving/follow/rebuild';
import type { RankInput, Ranking } from '@freshet/serving/rank/input';
import { createRanker } from '@freshet/serving/rank/ranker';
import { createComparisons, WINDOW } from '@freshet/serving/shadow/comparisons';
import { createShadow, type ShadowParts } from '@freshet/serving/shadow/shadow';
import { describe, expect, it } from 'vitest';
import { createSite, type Following, followSite } from '../support/follower.js';
import { makeModel, NOW } from '../support/model.js';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Asking {
  readonly following: Following;
  readonly input: RankInput;
  readonly ranking: Ranking;
  readonly held: (share: number) => Held;
}

/** Version 2 answers; 1 is the shadow. `alike`: both have the same rows. */
async function ask({ alike = false } = {}): Promise<Asking> {
  const site = await createSite();
  const following = await followSite(site);
  for (const seed of alike ? [1, 1] : [1, 2]) await site.trainer.publish(makeModel(seed, 50), { receivedAt: NOW });
  await following.follower.step();
  await site.labels.pin('shadow', { version: 1, share: 1, reason: '' });
  await following.beside.step();
  const held = following.beside.held('shadow');
  if (held === undefined) throw new Error('no shadow is held');
  const history = { events: [{ item: 'item-3', ts: NOW, seq: 1, index: 0, group: 0 }], seen: new Map(), refusals: 0 };
  const input: RankInput = {
    model: following.follower.view(), shelf: following.shelf, history, session: { events: [], marks: new Map() }, item: undefined, limit: 10,
    excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now: NOW,
  };
  return { following, input, ranking: createRanker().rank(input), held: (share) => ({ ...held, label: { ...held.label, share } }) };
}

function open(held: () => Held | undefined, over: Partial<ShadowParts> = {}) {
  const metrics = createMetrics({ processMetrics: false });
  let ms = 0;
  const shadow = createShadow({ held, ranker: createRanker(), metrics, log: silentLogger, seed: 1, now: () => ms, ...over });
  const count = async (result: string): Promise<number> => Number(new RegExp(`freshet_shadow_lists_total\\{result="${result}"\\} (\\d+)`).exec(await metrics.render())?.[1]);
  return { shadow, metrics, count, pass: (by: number) => void (ms += by) };
}

describe('the shadow', () => {
  it('has all of a list, and the same scores, when it is the same model; less and others when it isn’t', async () => {
    for (const alike of [true, false]) {
      const { input, ranking, held } = await ask({ alike });
      const { shadow, metrics } = open(() => held(1));
      shadow.offer({ method: 'rank', input, ranking });
      expect(shadow.comparison()).toMatchObject({ lists: 0 });
      await turn();
      const found = shadow.comparison();
      expect(found?.lists).toBe(1);
      expect(found?.overlap).toBeCloseTo(Number(/^freshet_shadow_overlap_ratio (\S+)/m.exec(await metrics.render())?.[1]), 10);
      if (alike) expect(found).toMatchObject({ overlap: 1, scoreDrift: 0 });
      else expect(found?.overlap).toBeLessThan(0.7);
      if (!alike) expect(found?.scoreDrift).toBeGreaterThan(0);
    }
  });

  it('is asked beside its share of the answers', async () => {
    const { input, ranking, held } = await ask();
    const { shadow, count } = open(() => held(0.2));
    for (let i = 0; i < 500; i++) {
      shadow.offer({ method: 'rank', input, ranking });
      await turn();
    }
    expect(await count('compared')).toBeGreaterThan(60);
    expect(await count('compared')).toBeLessThan(140);
    expect(await count('skipped')).toBe(0);
  });

  it('takes at most a twentieth of the time: what is drawn meanwhile is skipped', async () => {
    const { input, ranking, held } = await ask();
    const slow = createRanker();
    const site = open(() => held(1), { ranker: { ...slow, rank: (asked) => { site.pass(10); return slow.rank(asked); } } });
    for (let i = 0; i < 100; i++) {
      site.shadow.offer({ method: 'rank', input, ranking });
      await turn();
      site.pass(10);
    }
    // Ten milliseconds of work each, and 200 from one to the next.
    expect(await site.count('compared')).toBeGreaterThanOrEqual(5);
    expect(await site.count('compared')).toBeLessThanOrEqual(6);
    expect((await site.count('compared')) + (await site.count('skipped'))).toBe(100);
  });

  it('works at one list at a time', async () => {
    const { input, ranking, held } = await ask();
    const { shadow, count } = open(() => held(1));
    for (let i = 0; i < 5; i++) shadow.offer({ method: 'rank', input, ranking });
    await turn();
    expect([await count('compared'), await count('skipped')]).toEqual([1, 4]);
  });

  it('leaves out a shopper who has done something in between', async () => {
    const { input, ranking, held } = await ask();
    const { shadow, count } = open(() => held(1));
    shadow.offer({ method: 'rank', input, ranking });
    input.history?.events.unshift({ item: 'item-9', ts: NOW + 1, seq: 2, index: 0, group: 0 });
    await turn();
    expect([await count('compared'), await count('skipped')]).toEqual([0, 1]);
  });

  it('that fails is counted, takes no more than its time either, and goes on', async () => {
    const { input, ranking, held } = await ask();
    const ranker = createRanker();
    let broken = true;
    const site = open(() => held(1), {
      ranker: {
        ...ranker,
        rank: (asked) => {
          site.pass(10);
          if (broken) throw new Error('broken');
          return ranker.rank(asked);
        },
      },
    });
    const offerFor = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10) {
        site.shadow.offer({ method: 'rank', input, ranking });
        await turn();
        site.pass(10);
      }
    };
    await offerFor(1_000);
    // Ten milliseconds of work each, and 200 from one to the next.
    expect(await site.count('failed')).toBeGreaterThanOrEqual(5);
    expect(await site.count('failed')).toBeLessThanOrEqual(6);
    expect((await site.count('failed')) + (await site.count('skipped'))).toBe(100);
    expect(await site.metrics.render()).toMatch(/^freshet_shadow_seconds_total 0\.0[56]\d*$/m);
    broken = false;
    await offerFor(1_000);
    expect(await site.count('compared')).toBeGreaterThanOrEqual(4);
  });

  it('is logged once of a version that fails', async () => {
    const { input, ranking, held } = await ask();
    const warned: unknown[] = [];
    let version = 1;
    const log: ShadowParts['log'] = { warn: (_, fields) => void warned.push(fields) };
    const fails = (): never => {
      throw new Error('broken');
    };
    const site = open(
      () => {
        const one = held(1);
        return { ...one, view: { ...one.view, position: { ...one.view.position, version } } };
      },
      { log, ranker: { ...createRanker(), rank: fails } },
    );
    for (version of [1, 1, 1, 2, 2]) {
      site.shadow.offer({ method: 'rank', input, ranking });
      await turn();
    }
    expect(await site.count('failed')).toBe(5);
    expect(warned).toEqual([{ version: 1, error: 'broken' }, { version: 2, error: 'broken' }]);
  });

  it('is nobody’s business while there is none, and when it is taken away before its turn', async () => {
    const { input, ranking, held } = await ask();
    let now: Held | undefined;
    const { shadow, count } = open(() => now);
    shadow.offer({ method: 'rank', input, ranking });
    await turn();
    now = held(1);
    shadow.offer({ method: 'rank', input, ranking });
    now = undefined;
    await turn();
    expect(shadow.comparison()).toBeUndefined();
    expect(await count('compared')).toBe(0);
  });

  it('begins its figures anew with another version', async () => {
    const { input, ranking, held } = await ask();
    let version = 1;
    const { shadow } = open(() => {
      const one = held(1);
      return { ...one, view: { ...one.view, position: { ...one.view.position, version } } };
    });
    shadow.offer({ method: 'rank', input, ranking });
    await turn();
    expect(shadow.comparison()?.lists).toBe(1);
    version = 2;
    expect(shadow.comparison()?.lists).toBe(0);
  });
});

describe('comparisons', () => {
  const list = (rung: Ranking['rung'], ...items: (readonly [string, number])[]): Ranking => ({ rung, items: items.map(([id, score]) => ({ id, score })) });

  it('keep the last lists only, and count scores of one rung only', () => {
    const comparisons = createComparisons();
    expect(comparisons.now()).toEqual({ lists: 0, overlap: 1, scoreDrift: undefined });
    comparisons.add(list('personal', ['a', 1], ['b', 2]), list('trending', ['a', 9], ['c', 8]));
    expect(comparisons.now()).toEqual({ lists: 1, overlap: 0.5, scoreDrift: undefined });
    for (let i = 0; i < WINDOW; i++) comparisons.add(list('personal', ['a', 1]), list('personal', ['a', 5]));
    expect(comparisons.now()).toEqual({ lists: WINDOW, overlap: 1, scoreDrift: 1 });
  });
});
