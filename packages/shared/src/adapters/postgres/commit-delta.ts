/** One statement that moves `trainer_state` and inserts the delta, or does neither (delta-log.ts, guarantee 1). */
import type { Pool } from 'pg';
import type { CommitResult, DeltaRecord } from '../../ports/delta-log.js';

/** Whether it moved. */
export async function commitDelta(db: Pick<Pool, 'query'>, lineage: number, delta: DeltaRecord): Promise<boolean> {
  const { timings } = delta;
  const written = await db.query({
    name: 'delta-commit',
    text: `with moved as (
        update freshet.trainer_state set version = $2, applied = $5, checksum = $7, heartbeat_at = now()
        where lineage = $1 and epoch = $3 and version = $2 - 1 and applied = $4 - 1 returning 1)
      insert into freshet.delta (lineage, version, epoch, from_seq, to_seq, bytes, checksum,
        received_at, taken_at, trained_at, committed_at)
      select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from moved`,
    values: [
      lineage, delta.version, delta.epoch, delta.fromSeq, delta.toSeq, delta.bytes, delta.checksum,
      timings.receivedAt, timings.takenAt, timings.trainedAt, timings.committedAt,
    ],
  });
  return written.rowCount === 1;
}

/** Of a delta that has changed nothing. */
export async function whyNot(db: Pick<Pool, 'query'>, lineage: number, delta: DeltaRecord): Promise<CommitResult> {
  const same = await db.query('select 1 from freshet.delta where lineage = $1 and version = $2 and epoch = $3 and checksum = $4', [
    lineage, delta.version, delta.epoch, delta.checksum,
  ]);
  return same.rowCount === 1 ? 'already-committed' : 'fenced';
}
