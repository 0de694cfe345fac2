/** The contract of the prequential windows, on both adapters. */
import { memoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { memoryQualityLog } from '@freshet/shared/adapters/memory/quality-log';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresQualityLog } from '@freshet/shared/adapters/postgres/quality-log';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum } from '@freshet/shared/codec/delta';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { QualityLog, QualityWindow } from '@freshet/shared/ports/quality-log';
import { describe, expect, it } from 'vitest';
import { useModelDatabase } from '../support/model-database.js';

const model = useModelDatabase();

interface Site {
  readonly deltas: DeltaLog;
  readonly quality: QualityLog;
  /** Makes all that is kept older. */
  age(ms: number): Promise<void>;
}

async function onPostgres(): Promise<Site> {
  const lineage = await model.newLineage();
  const age = async (ms: number): Promise<void> =>
    void (await model.pool.query('update freshet.prequential_window set written_at = written_at - make_interval(secs => $2) where lineage = $1', [lineage, ms / 1_000]));
  return { deltas: postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage }), quality: postgresQualityLog(model.pool, lineage), age };
}

function inMemory(): Promise<Site> {
  let now = Date.now();
  const deltas = memoryDeltaLog();
  const age = (ms: number): Promise<void> => Promise.resolve(void (now += ms));
  return Promise.resolve({ deltas, quality: memoryQualityLog(deltas, { ...systemClock, now: () => now }), age });
}

const window = (fromSeq: number, toSeq: number): QualityWindow => ({
  fromSeq, toSeq, version: toSeq, beganAt: 1_700_000_000_000, endedAt: 1_700_000_010_000, tested: 7, hits10: 3, ndcg10: 1.25, examples: 40, loss: 2.5, popularityHits10: 1, followHits10: 2,
  ...(fromSeq > 1 ? { ratings: { count: 4, squares: 3.5, absolutes: 2.25 } } : {}),
});

/** Leads and learns up to `seq` in one version; the epoch. */
async function learn(deltas: DeltaLog, seq: number): Promise<number> {
  const { epoch, release } = await deltas.lead(new AbortController().signal);
  const state = await deltas.state();
  const bytes = Buffer.from('delta');
  const timings = { receivedAt: 1, takenAt: 1, trainedAt: 1, committedAt: 1 };
  await deltas.commit({ version: state.version + 1, epoch, fromSeq: state.applied + 1, toSeq: seq, bytes, checksum: chainChecksum(state.checksum, bytes), timings });
  await release();
  return epoch;
}

describe.each([
  ['on Postgres', onPostgres],
  ['in memory', inMemory],
])('prequential windows %s', (_where, open) => {
  it('are kept as they are and read newest first', async () => {
    const { deltas, quality } = await open();
    const epoch = await learn(deltas, 30);
    expect(await quality.recent(10)).toEqual([]);
    expect(await quality.append(window(1, 10), epoch)).toBe(true);
    expect(await quality.append(window(11, 30), epoch)).toBe(true);
    expect(await quality.recent(10)).toEqual([window(11, 30), window(1, 10)]);
    expect(await quality.recent(1)).toEqual([window(11, 30)]);
    expect(await quality.recent(10, 11)).toEqual([window(1, 10)]);
    expect(await quality.recent(10, 1)).toEqual([]);
  });

  it('are found by the versions that they tell of, newest first', async () => {
    const { deltas, quality } = await open();
    const epoch = await learn(deltas, 40);
    for (const [from, to] of [[1, 10], [11, 20], [21, 30], [31, 40]] as const) await quality.append(window(from, to), epoch);
    expect(await quality.between({ after: 10, upTo: 30 }, 10)).toEqual([window(21, 30), window(11, 20)]);
    expect(await quality.between({ after: 0, upTo: Number.MAX_SAFE_INTEGER }, 3)).toEqual([window(31, 40), window(21, 30), window(11, 20)]);
    expect(await quality.between({ after: 30, upTo: 35 }, 10)).toEqual([]);
  });

  it('are counted once: not again from the same entry, not before it is learned, not by a leader that was taken over from', async () => {
    const { deltas, quality } = await open();
    const first = await learn(deltas, 10);
    expect(await quality.append(window(1, 10), first)).toBe(true);
    expect(await quality.append(window(1, 9), first)).toBe(false);
    expect(await quality.append(window(11, 12), first)).toBe(false);
    const second = await learn(deltas, 20);
    expect(await quality.append(window(11, 20), first)).toBe(false);
    expect(await quality.append(window(11, 20), second)).toBe(true);
    expect((await quality.recent(10)).map(({ fromSeq }) => fromSeq)).toEqual([11, 1]);
  });

  it('go by number and by age', async () => {
    const { deltas, quality, age } = await open();
    const epoch = await learn(deltas, 5);
    for (const seq of [1, 2, 3, 4]) await quality.append(window(seq, seq), epoch);
    expect(await quality.trim(4, 60_000)).toBe(0);
    expect(await quality.trim(3, 60_000)).toBe(1);
    await age(61_000);
    await quality.append(window(5, 5), epoch);
    expect(await quality.trim(3, 60_000)).toBe(3);
    expect((await quality.recent(10)).map(({ fromSeq }) => fromSeq)).toEqual([5]);
  });
});

it('windows of a version are those of its lineage: none from before the promotion that begins it', async () => {
  const lineage = await model.newLineage();
  const [deltas, quality] = [postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage }), postgresQualityLog(model.pool, lineage)];
  const epoch = await learn(deltas, 40);
  for (const [from, to] of [[1, 10], [11, 20], [21, 30], [31, 40]] as const) await quality.append(window(from, to), epoch);
  await model.pool.query(`insert into freshet.promotion (lineage, version, kind, reason) values ($1, 15, 'refit', ''), ($1, 35, 'refit', '')`, [lineage]);
  const versions = async (upTo: number): Promise<number[]> => (await quality.between({ after: 0, upTo }, 10)).map(({ version }) => version);
  expect(await versions(10)).toEqual([10]);
  expect(await versions(30)).toEqual([30, 20]);
  expect(await versions(Number.MAX_SAFE_INTEGER)).toEqual([40]);
});
