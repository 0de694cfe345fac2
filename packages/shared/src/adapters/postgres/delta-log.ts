/**
 * The delta log on Postgres.
 *
 * 1. A commit is one statement: it moves `trainer_state` only from (epoch, version − 1, from_seq − 1) and inserts the
 *    delta only if that moved. So a zombie's commit, a repeated commit and a gap all change nothing.
 * 2. Leadership is a session advisory lock plus an epoch. The lock only prevents accidents; the epoch is the guarantee.
 * 3. A leader whose heartbeat is older than `staleMs` (stopped, swapped out, unreachable) loses its session to a
 *    stand-by, and its next commit is `fenced`.
 */
import type { Pool } from 'pg';
import { UnavailableError } from '../../errors.js';
import type { DeltaLog, DeltaRecord, Lease, TrainerState } from '../../ports/delta-log.js';
import type { Clock } from '../../ports/clock.js';
import { copyRows } from './copy-binary.js';
import { commitDelta, whyNot } from './commit-delta.js';
import { promote } from './promote.js';
import { type SessionRight, trySessionRight } from './session-right.js';

export interface DeltaLogOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly lineage?: number;
  /** How often the leader says that it lives, and how old that may be. */
  readonly heartbeatMs?: number;
  readonly staleMs?: number;
}

/** First key of the leader's advisory lock; the second is the lineage. */
const LEADER_LOCK = 0x46_52_4c;
/** A stand-by looks this often. */
const STANDBY_POLL_MS = 500;
/** Bytes of deltas that one read returns at most (plus one delta). */
const READ_BYTES = 16 * 1024 * 1024;

export function postgresDeltaLog(options: DeltaLogOptions): DeltaLog {
  const { pool } = options;
  const lineage = options.lineage ?? 1;
  return {
    lead: (signal) => lead(options, lineage, signal),
    state: () => readState(pool, lineage),
    commit: async (delta) => ((await commitDelta(pool, lineage, delta)) ? 'committed' : whyNot(pool, lineage, delta)),
    promote: (delta, promotion) => promote(pool, lineage, { delta, promotion }),
    read: (after, limit) => readDeltas(pool, lineage, { after, limit }),
  };
}

async function readState(pool: Pool, lineage: number): Promise<TrainerState> {
  const found = await pool.query<{ version: number; applied: number; checksum: Buffer }>({
    name: 'trainer-state',
    text: 'select version, applied, checksum from freshet.trainer_state where lineage = $1',
    values: [lineage],
  });
  const row = found.rows[0];
  if (row === undefined) throw new UnavailableError('no_lineage', `the database has no lineage ${lineage}`);
  return { version: row.version, applied: row.applied, checksum: row.checksum };
}

async function readDeltas(pool: Pool, lineage: number, page: { after: number; limit: number }): Promise<DeltaRecord[]> {
  const { after, limit } = page;
  const rows = await copyRows(
    pool,
    `select version, epoch::bigint, from_seq, to_seq, received_at, taken_at, trained_at, committed_at, checksum, bytes from (
       select *, sum(length(bytes)) over (order by version) - length(bytes) as before
       from (select * from freshet.delta where lineage = ${whole(lineage)} and version > ${whole(after)}
             order by version limit ${whole(limit)}) page) sized
     where before <= ${READ_BYTES} order by version`,
  );
  return rows.map((row) => {
    const [version, epoch, fromSeq, toSeq, received, taken, trained, committed, checksum, bytes] = row as Buffer[];
    return {
      version: int8(version),
      epoch: int8(epoch),
      fromSeq: int8(fromSeq),
      toSeq: int8(toSeq),
      checksum: checksum as Buffer,
      bytes: bytes as Buffer,
      timings: { receivedAt: float8(received), takenAt: float8(taken), trainedAt: float8(trained), committedAt: float8(committed) },
    };
  });
}

async function lead(options: DeltaLogOptions, lineage: number, signal: AbortSignal): Promise<Lease> {
  const { pool, clock } = options;
  for (;;) {
    signal.throwIfAborted();
    const right = await trySessionRight(pool, LEADER_LOCK, lineage);
    if (right !== undefined) return hold(options, lineage, right);
    await oustStale(pool, lineage, options.staleMs ?? 10_000);
    await clock.sleep(STANDBY_POLL_MS, signal);
  }
}

async function raiseEpoch({ session }: SessionRight, lineage: number): Promise<number> {
  const raised = await session.query<{ epoch: number }>(
    'update freshet.trainer_state set epoch = epoch + 1, heartbeat_at = now() where lineage = $1 returning epoch',
    [lineage],
  );
  const epoch = raised.rows[0]?.epoch;
  if (epoch === undefined) throw new UnavailableError('no_lineage', `the database has no lineage ${lineage}`);
  return epoch;
}

/** Ends the session of a leader that has not shown a sign of life: its lock falls, the next try takes it. */
async function oustStale(pool: Pool, lineage: number, staleMs: number): Promise<void> {
  await pool.query(
    `select pg_terminate_backend(l.pid) from pg_locks l, freshet.trainer_state s
     where l.locktype = 'advisory' and l.classid = $1 and l.objid = $2 and l.objsubid = 2 and l.granted
       and l.database = (select oid from pg_database where datname = current_database())
       and s.lineage = $2 and s.heartbeat_at < now() - $3 * interval '1 millisecond'`,
    [LEADER_LOCK, lineage, staleMs],
  );
}

async function hold(options: DeltaLogOptions, lineage: number, right: SessionRight): Promise<Lease> {
  const { session } = right;
  const epoch = await raiseEpoch(right, lineage).catch(async (thrown: unknown) => {
    await right.release();
    throw thrown;
  });
  const deposed = new AbortController();
  const beat = setInterval(() => {
    session
      .query('update freshet.trainer_state set heartbeat_at = now() where lineage = $1 and epoch = $2', [lineage, epoch])
      .then((done) => done.rowCount === 1 || deposed.abort(), () => deposed.abort());
  }, options.heartbeatMs ?? 2_000);
  return {
    epoch,
    lost: AbortSignal.any([right.lost, deposed.signal]),
    release: async () => {
      clearInterval(beat);
      await right.release();
    },
  };
}

function whole(n: number): number {
  if (!Number.isSafeInteger(n)) throw new RangeError(`${n} is not a whole number`);
  return n;
}

function int8(field: Buffer | undefined): number {
  return field === undefined ? 0 : Number(field.readBigInt64BE(0));
}

function float8(field: Buffer | undefined): number {
  return field === undefined ? 0 : field.readDoubleBE(0);
}
