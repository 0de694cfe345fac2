/** The delta log's contract: gap-free, fenced, exactly once, read back as written. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from 'pg';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum, encodeDelta, FIRST_CHECKSUM } from '@freshet/shared/codec/delta';
import type { DeltaLog, DeltaRecord, Lease } from '@freshet/shared/ports/delta-log';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', onError: () => undefined });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const never = new AbortController().signal;

function openLog(lineage: number, staleMs = 10_000): DeltaLog {
  return postgresDeltaLog({ pool, clock: systemClock, lineage, staleMs, heartbeatMs: 50 });
}

async function newLineage(lineage: number): Promise<DeltaLog> {
  await pool.query('insert into freshet.trainer_state (lineage) values ($1)', [lineage]);
  return openLog(lineage);
}

function deltaAfter(state: { version: number; applied: number; checksum: Buffer }, epoch: number, toSeq: number): DeltaRecord {
  const version = state.version + 1;
  const fromSeq = state.applied + 1;
  const header = { flags: 0, version, fromSeq, toSeq, learnedMs: 1, epoch, dim: 16, configHash: 7 };
  const bytes = encodeDelta({ header, vocabulary: [{ row: 1, name: `item-${version}` }], tables: [] });
  return {
    version, epoch, fromSeq, toSeq, bytes,
    checksum: chainChecksum(state.checksum, bytes),
    timings: { receivedAt: 1, takenAt: 2.5, trainedAt: 3, committedAt: 4 },
  };
}

describe('the delta log', () => {
  it('starts at version 0 with nothing applied', async () => {
    const log = await newLineage(10);
    expect(await log.state()).toEqual({ version: 0, applied: 0, checksum: FIRST_CHECKSUM });
    expect(await log.read(0, 10)).toEqual([]);
  });

  it('commits once, says so when the same bytes come again, and reads them back', async () => {
    const log = await newLineage(11);
    const lease = await log.lead(never);
    const delta = deltaAfter(await log.state(), lease.epoch, 3);
    expect(await log.commit(delta)).toBe('committed');
    expect(await log.commit(delta)).toBe('already-committed');
    expect(await log.state()).toEqual({ version: 1, applied: 3, checksum: delta.checksum });
    expect(await log.read(0, 10)).toEqual([delta]);
    await lease.release();
  });

  it('refuses a gap in versions, a gap in entries and other bytes for a version that is taken', async () => {
    const log = await newLineage(12);
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
    const log = await newLineage(13);
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
    const log = await newLineage(14);
    const first = await log.lead(never);
    let second: Lease | undefined;
    const waiting = openLog(14).lead(never).then((lease) => (second = lease));
    const old = deltaAfter(await log.state(), first.epoch, 1);
    expect(second).toBeUndefined();
    await first.release();
    await waiting;
    expect(second?.epoch).toBe(first.epoch + 1);
    expect(await log.commit(old)).toBe('fenced');
    expect(await log.commit(deltaAfter(await log.state(), second?.epoch ?? 0, 1))).toBe('committed');
    await second?.release();
  });

  it('takes the lead from a leader without a heartbeat, whose lease says that it is lost', async () => {
    const log = await newLineage(15);
    const zombie = await log.lead(never);
    // As if the process were stopped: nothing of it writes a heartbeat any more.
    const silence = setInterval(() => void pool.query(`update freshet.trainer_state set heartbeat_at = now() - interval '1 hour' where lineage = 15`), 10);
    const taken = await openLog(15, 5_000).lead(never);
    clearInterval(silence);
    expect(taken.epoch).toBe(zombie.epoch + 1);
    await expect.poll(() => zombie.lost.aborted).toBe(true);
    expect(await log.commit(deltaAfter(await log.state(), zombie.epoch, 1))).toBe('fenced');
    await zombie.release();
    await taken.release();
  });

  it('gives up waiting when asked to', async () => {
    const log = await newLineage(16);
    const lease = await log.lead(never);
    const giveUp = new AbortController();
    const waiting = openLog(16).lead(giveUp.signal);
    giveUp.abort();
    await expect(waiting).rejects.toThrow();
    await lease.release();
  });
});
