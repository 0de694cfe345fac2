/**
 * A promotion on Postgres: one transaction in which a candidate's chunks become the snapshot of the version that its delta makes.
 *
 * 1. It moves `trainer_state` by the statement of every commit, so it is fenced and takes effect once, whatever is killed
 *    or repeated; everything else in it happens only if that moved.
 * 2. What the version before it is rebuilt from is kept while the label `previous` names it.
 */
import type { Pool, PoolClient } from 'pg';
import { CorruptionError } from '../../errors.js';
import type { CommitResult, DeltaRecord, Promotion } from '../../ports/delta-log.js';
import { REASON_CHARS } from '../../ports/model-events.js';
import { commitDelta, whyNot } from './commit-delta.js';
import { inTransaction } from './in-transaction.js';
import { isRebuildable, lockRetention, retire } from './snapshot-store.js';
import { storable } from './storable.js';

interface Asked {
  /** The chain's checksum of the version before it. */
  readonly parent?: Buffer | undefined;
  readonly delta: DeltaRecord;
  readonly promotion: Promotion;
}

export async function promote(pool: Pool, lineage: number, asked: Asked): Promise<CommitResult> {
  const isDone = await inTransaction(pool, async (session) => {
    await lockRetention(session, lineage);
    const parent = await readParent(session, lineage);
    if (!(await commitDelta(session, lineage, asked.delta))) return false;
    await makeSnapshot(session, lineage, { ...asked, parent });
    await note(session, lineage, asked);
    await retire(session, lineage);
    return true;
  });
  return isDone ? 'committed' : whyNot(pool, lineage, asked.delta);
}

/** Where the chain stands: the commit that follows takes effect only there. */
async function readParent(session: PoolClient, lineage: number): Promise<Buffer | undefined> {
  const found = await session.query<{ checksum: Buffer }>('select checksum from freshet.trainer_state where lineage = $1', [lineage]);
  return found.rows[0]?.checksum;
}

async function makeSnapshot(session: PoolClient, lineage: number, { delta, promotion, parent }: Asked): Promise<void> {
  const { id, chunks, bytes, manifest } = promotion.candidate;
  const tied = await session.query(
    'update freshet.snapshot_chunk set version_end = $3, version = $3, kept = false where lineage = $1 and cut = $2 and version_end is null',
    [lineage, id, delta.version],
  );
  if (tied.rowCount !== chunks) throw new CorruptionError('candidate_gone', `${tied.rowCount ?? 0} of the ${chunks} chunks of the candidate are there`);
  await session.query(
    `insert into freshet.snapshot (lineage, version_end, version_start, applied, checksum, chunks, bytes, manifest)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [lineage, delta.version, delta.version - 1, delta.toSeq, delta.checksum, chunks, bytes, manifest === undefined ? null : JSON.stringify({ ...manifest, parent: parent?.toString('hex') })],
  );
}

async function note(session: PoolClient, lineage: number, { delta, promotion }: Asked): Promise<void> {
  const { version } = delta;
  const reason = storable(promotion.reason, REASON_CHARS);
  const previous = version - 1;
  await session.query('insert into freshet.promotion (lineage, version, kind, reason) values ($1, $2, $3, $4)', [lineage, version, promotion.kind, reason]);
  await session.query(`update freshet.refit set state = 'promoted', version = $3, ended_at = now(), outcome = $4 where lineage = $1 and candidate = $2`, [
    lineage, promotion.candidate.id, version, reason,
  ]);
  await session.query(`insert into freshet.model_event (lineage, kind, version, previous, reason) values ($1, 'promoted', $2, $3, $4)`, [
    lineage, version, previous === 0 ? null : previous, reason,
  ]);
  if (!(await isRebuildable(session, lineage, previous))) return;
  await session.query(
    `insert into freshet.model_label (lineage, label, version, reason) values ($1, 'previous', $2, $3)
     on conflict (lineage, label) do update set version = excluded.version, reason = excluded.reason, set_at = now()`,
    [lineage, previous, reason],
  );
}
