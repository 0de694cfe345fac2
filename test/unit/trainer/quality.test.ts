/** Prequential windows, their gauges, and how many events are ranked for them. */
import { NOTHING_SPENT } from '@freshet/trainer/learner/draft';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics, type Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { QualityLog, QualityWindow } from '@freshet/shared/ports/quality-log';
import type { RoundReport } from '@freshet/trainer/learner/port';
import { createDriftReport } from '@freshet/trainer/drift';
import { createPrequential } from '@freshet/trainer/prequential';
import { createQualityRecorder } from '@freshet/trainer/quality';
import { createSampler } from '@freshet/trainer/sampler';
import { startTrainer } from '@freshet/trainer/service';
import { describe, expect, it } from 'vitest';
import { options, shop } from './support/shop.js';

const MISS = { rank: Number.POSITIVE_INFINITY, floors: { popularity: false, follow: false } };
const HIT = { rank: 3, floors: { popularity: true, follow: false } };

function report(ranks: readonly Omit<RoundReport['ranks'][number], 'index'>[], loss = 1): RoundReport {
  return { examples: 25, lossExamples: 10, loss, ranks: ranks.map((one, index) => ({ ...one, index })), rankMs: 0, refused: [], spent: NOTHING_SPENT };
}

function site() {
  let now = 1_000;
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
  const kept: QualityWindow[] = [];
  const quality: QualityLog = {
    append: (window, epoch) => Promise.resolve(epoch === 3 && kept.push(window) > 0),
    recent: () => Promise.resolve(kept),
    between: () => Promise.resolve([]),
    trim: () => Promise.resolve(0),
  };
  return { clock, kept, quality, wait: (ms: number) => void (now += ms) };
}

describe('a prequential window', () => {
  it('sums up what was tested in the rounds committed, and closes at a commit after ten seconds', async () => {
    const { clock, kept, quality, wait } = site();
    const recorder = createQualityRecorder({ quality, epoch: 3, clock, log: silentLogger });
    recorder.committed(report([]), { fromSeq: 1, toSeq: 4, takenAt: clock.now() }, 1);
    recorder.committed(report([HIT, MISS], 2), { fromSeq: 5, toSeq: 6, takenAt: clock.now() }, 2);
    wait(9_999);
    recorder.committed(report([]), { fromSeq: 7, toSeq: 8, takenAt: clock.now() }, 3);
    expect(kept).toEqual([]);
    wait(1);
    recorder.committed(report([{ rank: 1, floors: { popularity: false, follow: true } }], 4), { fromSeq: 9, toSeq: 9, takenAt: clock.now() }, 4);
    expect(kept).toEqual([
      {
        fromSeq: 5, toSeq: 9, version: 4, beganAt: 1_000, endedAt: 11_000, tested: 3, hits10: 2, ndcg10: 1.5,
        examples: 30, loss: (2 + 1 + 4) / 3, popularityHits10: 1, followHits10: 1,
      },
    ]);
    await recorder.close();
    expect(kept).toHaveLength(1);
  });

  it('closes early once 500 were tested, but never more than one a second', async () => {
    const { clock, kept, quality, wait } = site();
    const recorder = createQualityRecorder({ quality, epoch: 3, clock, log: silentLogger });
    const many = Array.from({ length: 600 }, () => HIT);
    const commit = (seq: number): void => recorder.committed(report(many), { fromSeq: seq, toSeq: seq, takenAt: clock.now() }, seq);
    commit(1);
    wait(999);
    commit(2);
    expect(kept).toHaveLength(0);
    wait(1);
    commit(3);
    expect(kept).toMatchObject([{ fromSeq: 1, toSeq: 3, tested: 1_800 }]);
    await recorder.close();
  });

  it('that is open at the end is kept too', async () => {
    const { clock, kept, quality } = site();
    const recorder = createQualityRecorder({ quality, epoch: 3, clock, log: silentLogger });
    recorder.committed(report([HIT]), { fromSeq: 1, toSeq: 1, takenAt: clock.now() }, 1);
    await recorder.close();
    expect(kept).toMatchObject([{ fromSeq: 1, tested: 1 }]);
  });

  it('that can’t be written is dropped without a word to the loop; the next one is kept', async () => {
    const { clock, kept, quality, wait } = site();
    let fails = true;
    const flaky: QualityLog = { ...quality, append: (window, epoch) => (fails ? Promise.reject(new Error('away')) : quality.append(window, epoch)) };
    const recorder = createQualityRecorder({ quality: flaky, epoch: 3, clock, log: silentLogger });
    for (const seq of [1, 2]) {
      recorder.committed(report([HIT]), { fromSeq: seq, toSeq: seq, takenAt: clock.now() - 10_000 }, seq);
      await new Promise((resolve) => setImmediate(resolve));
      fails = false;
      wait(1);
    }
    expect(kept).toMatchObject([{ fromSeq: 2 }]);
  });
});

describe('the prequential gauges', () => {
  it('show the model beside both floors', async () => {
    const metrics = createMetrics({ processMetrics: false });
    createPrequential(metrics).observe(report([HIT, MISS, MISS, MISS], 2));
    const text = await metrics.render();
    expect(text).toContain('freshet_prequential_hit_ratio 0.25\n');
    expect(text).toContain('freshet_prequential_ndcg 0.125\n');
    expect(text).toContain('freshet_prequential_loss 2\n');
    expect(text).toContain('freshet_prequential_floor_hit_ratio{floor="popularity"} 0.25\n');
    expect(text).toContain('freshet_prequential_floor_hit_ratio{floor="follow"} 0\n');
  });

  it('go on where the last process ended, not from the first event', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const prequential = createPrequential(metrics);
    const window = (fromSeq: number, hits10: number): QualityWindow => ({
      fromSeq, toSeq: fromSeq, version: 1, beganAt: 0, endedAt: 1, tested: 100, hits10, ndcg10: hits10 / 2, examples: 100, loss: 3, popularityHits10: 10, followHits10: 20,
    });
    prequential.resume([window(2, 60), window(1, 40)]);
    const gauge = async (name: string): Promise<number> => Number(new RegExp(`^freshet_prequential_${name} (\\S+)$`, 'm').exec(await metrics.render())?.[1]);
    expect(await gauge('hit_ratio')).toBeCloseTo(0.5, 6);
    expect(await gauge('floor_hit_ratio{floor="follow"}'.replace(/[{}]/g, String.raw`\$&`))).toBeCloseTo(0.2, 6);
    prequential.observe(report([MISS]));
    expect(await gauge('hit_ratio')).toBeGreaterThan(0.49);
    prequential.resume([window(1, 0)]);
    expect(await gauge('hit_ratio')).toBeGreaterThan(0.49);
  });
});

describe('drift', () => {
  const window = (n: number, hits10: number): QualityWindow => ({
    fromSeq: 10 * n + 1, toSeq: 10 * n + 10, version: n, beganAt: 0, endedAt: n, tested: 500, hits10: hits10 + (n % 5), ndcg10: hits10 / 2, examples: 1_000, loss: 3 + 0.01 * (n % 7), popularityHits10: 0, followHits10: 0,
  });
  const detected = async (metrics: Metrics): Promise<number> => Number(/^freshet_drift_detected_total\{signal="hit_ratio"\} (\S+)$/m.exec(await metrics.render())?.[1]);

  it('is counted, logged with its figures and remembered by the entry that showed it', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const lines: object[] = [];
    const drift = createDriftReport({ metrics, log: { ...silentLogger, warn: (message, fields) => void lines.push({ message, ...fields }) } });
    expect(await detected(metrics)).toBe(0);
    for (let n = 0; n < 60; n++) drift.observe(window(n, n < 40 ? 250 : 100));
    expect(await detected(metrics)).toBeGreaterThan(0);
    expect(lines[0]).toMatchObject({ message: 'drift: the model predicts worse than it did', signal: 'hit_ratio' });
    expect(drift.since(400)).toMatchObject({ signal: 'hit_ratio' });
    expect(drift.since(600)).toBeUndefined();
    expect(await metrics.render()).toMatch(/^freshet_drift_statistic\{signal="loss"\} \d/m);
  });

  it('goes on from the kept windows at a new term: known, but not counted a second time', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const drift = createDriftReport({ metrics, log: silentLogger });
    drift.resume(Array.from({ length: 60 }, (_, n) => window(n, n < 40 ? 250 : 100)).toReversed());
    expect(await detected(metrics)).toBe(0);
    expect(drift.since(400)).toMatchObject({ signal: 'hit_ratio' });
    for (let n = 60; n < 100; n++) drift.observe(window(n, 100));
    expect(await detected(metrics)).toBe(0);
    drift.resume([]);
    expect(drift.since(0)).toBeUndefined();
  });

  it('is fed with each window as it is closed, kept or not', () => {
    const { clock, quality, wait } = site();
    const closed: QualityWindow[] = [];
    const recorder = createQualityRecorder({ quality: { ...quality, append: () => Promise.reject(new Error('away')) }, epoch: 3, clock, log: silentLogger, closed: (one) => closed.push(one) });
    recorder.committed(report([HIT]), { fromSeq: 1, toSeq: 1, takenAt: clock.now() }, 1);
    wait(10_000);
    recorder.committed(report([HIT]), { fromSeq: 2, toSeq: 2, takenAt: clock.now() }, 2);
    expect(closed).toMatchObject([{ fromSeq: 1, toSeq: 2, tested: 2 }]);
  });
});

describe('the sampler', () => {
  it('takes every event while ranking is cheap', () => {
    const sampler = createSampler({ most: 1, time: 0.01 });
    expect(sampler.share(20, 0)).toBe(1);
    expect(createSampler({ most: 0.1, time: 0.01 }).share(20, 0)).toBe(0.1);
  });

  it('never holds a round up for long, however much time was saved', () => {
    const sampler = createSampler({ most: 1, time: 0.01 });
    sampler.share(0, 0);
    for (let now = 0; now < 10_000; now += 1_000) {
      sampler.spent(1, 2);
      sampler.share(1, now);
    }
    expect(sampler.share(1_000, 1_000_000) * 1_000 * 2).toBeLessThan(7);
  });

  it('keeps ranking below its share of time at any rate and cost', () => {
    for (const [events, costMs] of [[1_000, 1], [4_096, 0.05], [20, 9]] as const) {
      const sampler = createSampler({ most: 1, time: 0.01 });
      let spent = 0;
      let tested = 0;
      for (let now = 0; now < 600_000; now += 100) {
        const ranked = Math.round(sampler.share(events, now) * events);
        sampler.spent(ranked, ranked * costMs);
        spent += ranked * costMs;
        tested += ranked;
      }
      expect(spent).toBeLessThan(0.01 * 600_000 + 100 + costMs * events);
      expect(spent).toBeGreaterThan(0.8 * 0.01 * 600_000);
      expect(tested).toBeGreaterThan(500);
    }
  });
});

it('a trainer keeps how well it predicted what it learned, once, beside both floors', async () => {
  const one = shop();
  await one.describeItems();
  await using trainer = startTrainer(options, one.deps);
  for (let turn = 0; turn < 4; turn++) await one.send(50);
  await expect.poll(() => trainer.status().applied, { timeout: 30_000 }).toBe(5);
  await trainer.stop();
  const [window, ...more] = await one.deps.quality.recent(10);
  expect(more).toEqual([]);
  expect(window).toMatchObject({ toSeq: 5, version: trainer.status().version });
  // A round that takes longer to rank tests a part of its events; each shopper's first has no history to predict from.
  expect(window?.tested).toBeGreaterThan(30);
  expect(window?.tested).toBeLessThanOrEqual(195);
  expect(window?.hits10).toBeGreaterThan(0);
  expect(window?.popularityHits10).toBeGreaterThan(0);
  expect(window?.followHits10).toBeGreaterThan(0);
  await using again = startTrainer(options, one.deps);
  await expect.poll(() => again.status().leading).toBe(true);
  await again.stop();
  expect(await one.deps.quality.recent(10)).toEqual([window]);
});
