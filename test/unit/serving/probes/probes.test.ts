/** Probe shoppers: who they are, and what is said of their lists. */
import { chooseProbes, PROBES } from '@freshet/shared/domain/quality/choose-probes';
import { createProbes, PROBE_MS } from '@freshet/serving/probes/probes';
import { createRanker } from '@freshet/serving/rank/ranker';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { createHistories, type Histories } from '@freshet/shared/domain/histories';
import { randomBelow } from '@freshet/shared/domain/random';
import { createMetrics } from '@freshet/shared/metrics';
import { describe, expect, it } from 'vitest';
import { makeModel, NOW } from '../support/model.js';
import { loadTableSet, write } from '../support/table-set.js';

const ITEMS = 200;
const ref = (n: number): UserRef => n.toString(16).padStart(16, '0') as UserRef;

function view(histories: Histories, user: UserRef, at: { item: number; seq: number }): void {
  const event: LogEvent = { id: `e-${at.seq}`, type: 'view', user, item: `item-${at.item}`, ts: NOW - 1_000_000 + at.seq };
  histories.apply(event, { seq: at.seq, index: 0 });
}

function shoppers(count: number): Histories {
  const histories = createHistories();
  for (let n = 0; n < count; n++) for (let k = 0; k < 5; k++) view(histories, ref(n), { item: 1 + randomBelow(ITEMS, 1, n, k), seq: 10 * n + k });
  return histories;
}

const rest = (): Promise<void> => Promise.resolve();

describe('probe shoppers', () => {
  it('are chosen by the seed alone: the same ones in any order, others with another seed', async () => {
    const histories = shoppers(300);
    const chosen = await chooseProbes(histories.outlines(), { seed: 1, count: 20, rest });
    expect(new Set(chosen).size).toBe(20);
    expect(await chooseProbes([...histories.outlines()].reverse(), { seed: 1, count: 20, rest })).toEqual(chosen);
    expect(await chooseProbes(histories.outlines(), { seed: 2, count: 20, rest })).not.toEqual(chosen);
  });

  it('stay while they are in memory; one who leaves is replaced by one other', async () => {
    const all = [...shoppers(300).outlines()];
    const chosen = await chooseProbes(all, { seed: 1, count: 20, rest });
    const [gone] = chosen;
    const next = await chooseProbes(all.filter(([one]) => one !== gone), { seed: 1, count: 20, rest });
    expect(next.slice(0, 19)).toEqual(chosen.slice(1));
  });

  it('have a history of their own, and requests are answered while they are looked for', async () => {
    const histories = shoppers(2_500);
    histories.ensure('ffffffffffffffff' as UserRef);
    const session = 'eeeeeeeeeeeeeeee' as UserRef;
    view(histories, session, { item: 1, seq: 1e6 });
    histories.joinSession(session, ref(0));
    let rests = 0;
    const chosen = await chooseProbes(histories.outlines(), { seed: 1, count: 5_000, rest: () => Promise.resolve(void rests++) });
    expect(chosen).toHaveLength(2_500);
    expect(chosen).not.toContain(session);
    expect(rests).toBe(2);
  });
});

async function site() {
  const loaded = await loadTableSet(makeModel(11, ITEMS));
  const metrics = createMetrics({ processMetrics: false });
  const histories = shoppers(80);
  let now = NOW;
  const people = { histories, find: histories.find, isWhole: () => true };
  const probes = createProbes({ ...loaded, view: () => loaded.view, people, ranker: createRanker(), metrics, clock: { now: () => now }, seed: 1 });
  const round = (): Promise<void> => {
    now += PROBE_MS;
    return probes.round();
  };
  const shown = async (name: string): Promise<number> =>
    Number((await metrics.render()).split('\n').find((line) => line.startsWith(`freshet_${name} `))?.split(' ')[1]);
  return { loaded, metrics, histories, probes, round, shown, wait: (ms: number) => void (now += ms) };
}

describe('their lists', () => {
  it('don’t move while nothing happens, and nothing is said before there are two rounds', async () => {
    const { round, shown } = await site();
    await round();
    expect(await shown('list_overlap_ratio{shoppers="idle"}')).toBeNaN();
    await round();
    expect(await shown('list_overlap_ratio{shoppers="idle"}')).toBe(1);
    expect(await shown('score_drift')).toBe(0);
  });

  it('are found to jump when another model is put in their place', async () => {
    const { loaded, round, shown } = await site();
    await round();
    write(loaded.set, makeModel(12, ITEMS));
    await round();
    expect(await shown('list_overlap_ratio{shoppers="idle"}')).toBeLessThan(0.5);
    expect(await shown('score_drift')).toBeGreaterThan(0.02);
    await round();
    expect(await shown('list_overlap_ratio{shoppers="idle"}')).toBe(1);
  });

  it('of those who did something are told apart', async () => {
    const { histories, round, shown } = await site();
    await round();
    const chosen = await chooseProbes(histories.outlines(), { seed: 1, count: PROBES, rest });
    for (const [n, one] of chosen.slice(0, 20).entries()) for (let k = 0; k < 20; k++) view(histories, one, { item: 1 + ((n + 11 * k) % ITEMS), seq: 5_000 + 20 * n + k });
    await round();
    expect(await shown('list_overlap_ratio{shoppers="active"}')).toBeLessThan(0.9);
    expect(await shown('list_overlap_ratio{shoppers="idle"}')).toBe(1);
  });

  it('aren’t spoken of any more when too few shoppers of a kind are left, and are again when there are enough', async () => {
    const { loaded, histories, round, shown, metrics } = await site();
    await round();
    write(loaded.set, makeModel(12, ITEMS));
    await round();
    expect(await shown('list_overlap_ratio{shoppers="idle"}')).toBeLessThan(0.5);
    const chosen = await chooseProbes(histories.outlines(), { seed: 1, count: PROBES, rest });
    for (const [n, one] of chosen.slice(4).entries()) view(histories, one, { item: 1 + n, seq: 5_000 + n });
    await round();
    expect(await metrics.render()).not.toContain('freshet_list_overlap_ratio{shoppers="idle"}');
    expect(await shown('score_drift')).toBeNaN();
    expect(await shown('list_overlap_ratio{shoppers="active"}')).toBeGreaterThan(0);
    await round();
    expect(await shown('list_overlap_ratio{shoppers="idle"}')).toBe(1);
    expect(await shown('score_drift')).toBe(0);
    expect(await metrics.render()).not.toContain('freshet_list_overlap_ratio{shoppers="active"}');
  });

  it('are ranked once a minute at most, and a clock that jumped back doesn’t end that', async () => {
    const { probes, metrics, wait } = await site();
    const spent = async (): Promise<number> => Number(/^freshet_probe_seconds_total (\S+)$/m.exec(await metrics.render())?.[1] ?? 0);
    wait(PROBE_MS);
    await probes.round();
    const first = await spent();
    expect(first).toBeGreaterThan(0);
    wait(PROBE_MS - 1);
    await probes.round();
    expect(await spent()).toBe(first);
    wait(-1e10);
    await probes.round();
    expect(await spent()).toBeGreaterThan(first);
  });
});
