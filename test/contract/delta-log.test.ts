/** The delta log's contract: gap-free, fenced, exactly once, read back as written. */
import { describe, expect, it } from 'vitest';
import { memoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum, encodeDelta, FIRST_CHECKSUM } from '@freshet/shared/codec/delta';
import type { DeltaLog, DeltaRecord, Lease } from '@freshet/shared/ports/delta-log';
import { useModelDatabase } from '../support/model-database.js';

const model = useModelDatabase();

const never = new AbortController().signal;

/** A log of its own, opened as often as processes would open it. */
type Opened = () => DeltaLog;

async function newPostgresLog(): Promise<Opened> {
  const lineage = await model.newLineage();
  return () => postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage, heartbeatMs: 50 });
}

function newMemoryLog(): Promise<Opened> {
  const log = memoryDeltaLog();
  return Promise.resolve(() => log);
}

function deltaAfter(state: { version: number; applied: number; checksum: Buffer }, epoch: number, toSeq: number): DeltaRecord {
  const version = state.version + 1;
  const fromSeq = state.applied + 1;
  const header = { flags: 0, version, fromSeq, toSeq, learnedMs: 1, epoch, dim: 16, configHash: 7, trainingHash: 8 };
  const bytes = encodeDelta({ header, vocabulary: [{ row: 1, name: `item-${version}` }], tables: [] });
  return {
    version, epoch, fromSeq, toSeq, bytes,
    checksum: chainChecksum(state.checksum, bytes),
    timings: { receivedAt: 1, takenAt: 2.5, trainedAt: 3, committedAt: 4 },
  };
}

describe.each([
  ['on Postgres', newPostgresLog],
  ['in memory', newMemoryLog],
])('the delta log %s', (_where, newLog) => {
  it('starts at version 0 with nothing applied', async () => {
    const open = await newLog();
    const log = open();
    expect(await log.state()).toEqual({ version: 0, applied: 0, checksum: FIRST_CHECKSUM });
    expect(await log.read(0, 10)).toEqual([]);
  });

  it('commits once, says so when the same bytes come again, and reads them back', async () => {
    const open = await newLog();
    const log = open();
    const lease = await log.lead(never);
    const delta = deltaAfter(await log.state(), lease.epoch, 3);
    expect(await log.commit(delta)).toBe('committed');
    expect(await log.commit(delta)).toBe('already-committed');
    expect(await log.state()).toEqual({ version: 1, applied: 3, checksum: delta.checksum });
    expect(await log.read(0, 10)).toEqual([delta]);
    await lease.release();
  });

  it('refuses a gap in versions, a gap in entries and other bytes for a version that is taken', async () => {
    const open = await newLog();
    const log = open();
    const lease = await log.lead(never);
    const first = deltaAfter(await log.state(), lease.epoch, 1);
    await log.commit(first);
    const state = await log.state();
    expect(await log.commit(deltaAfter({ ...state, version: 5 }, lease.epoch, 9))).toBe('fenced');
    expect(await log.commit(deltaAfter({ ...state, applied: 5 }, lease.epoch, 9))).toBe('fenced');
    expect(await log.commit({ ...first, checksum: Buffer.alloc(32, 1) })).toBe('fenced');
    expect(await log.state()).toEqual(state);
    await lease.release();
  });

  it('reads pages in order and stops at the limit', async () => {
    const open = await newLog();
    const log = open();
    const lease = await log.lead(never);
    for (let n = 0; n < 5; n++) {
      const state = await log.state();
      await log.commit(deltaAfter(state, lease.epoch, state.applied + 1 + n));
    }
    expect((await log.read(1, 2)).map((delta) => delta.version)).toEqual([2, 3]);
    expect((await log.read(3, 100)).map((delta) => delta.version)).toEqual([4, 5]);
    await lease.release();
  });

  it('lets one lead at a time; the next one gets a higher epoch and the old one is fenced off', async () => {
    const open = await newLog();
    const log = open();
    const first = await log.lead(never);
    let second: Lease | undefined;
    const waiting = open().lead(never).then((lease) => (second = lease));
    const old = deltaAfter(await log.state(), first.epoch, 1);
    expect(second).toBeUndefined();
    await first.release();
    await waiting;
    expect(second?.epoch).toBe(first.epoch + 1);
    expect(await log.commit(old)).toBe('fenced');
    expect(await log.commit(deltaAfter(await log.state(), second?.epoch ?? 0, 1))).toBe('committed');
    await second?.release();
  });

  it('gives up waiting when asked to', async () => {
    const open = await newLog();
    const log = open();
    const lease = await log.lead(never);
    const giveUp = new AbortController();
    const waiting = open().lead(giveUp.signal);
    giveUp.abort();
    await expect(waiting).rejects.toThrow();
    await lease.release();
  });
});

describe('the delta log on Postgres', () => {
  it('takes the lead from a leader without a heartbeat, whose lease says that it is lost', async () => {
    await model.pool.query('insert into freshet.trainer_state (lineage) values (5)');
    const log = postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage: 5 });
    const zombie = await log.lead(never);
    // As if the process were stopped: nothing of it writes a heartbeat any more.
    const silence = setInterval(() => void model.pool.query(`update freshet.trainer_state set heartbeat_at = now() - interval '1 hour' where lineage = 5`), 10);
    const taken = await postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage: 5, staleMs: 5_000 }).lead(never);
    clearInterval(silence);
    expect(taken.epoch).toBe(zombie.epoch + 1);
    await expect.poll(() => zombie.lost.aborted).toBe(true);
    expect(await log.commit(deltaAfter(await log.state(), zombie.epoch, 1))).toBe('fenced');
    await zombie.release();
    await taken.release();
  });
});
