/**
 * The room of the recommendation log: partitions of its lists made ahead of the writers, the oldest dropped.
 *
 * 1. Neither blocks a writer (as in entry-log-partitions).
 * 2. A partition goes when all its lists are beyond the newest `maxLists`, or too old. So there are never more lists than that and one
 *    partition's.
 * 3. Feedback goes with its list; sums after OUTCOME_DAYS, folded before (recommendation-outcome-fold).
 * One process at a time does it (the right of `OwnedRecommendationLog`); were it two, one of them would fail and try again.
 */
import type { Pool } from 'pg';
import { OUTCOME_DAYS, type RecommendationLogLimits } from '../../ports/recommendation-log.js';
import { listPartitions, type Partition } from './entry-log-partitions.js';
import { foldOutcomes } from './recommendation-outcome-fold.js';

/** A partition is this share of the limit. */
const PARTITIONS_AT_LIMIT = 8;
/** Whole partitions that stand ready beyond the one being written. */
const AHEAD = 2;
const PARENT = 'recommendation_list';

export async function tendRecommendationLog(pool: Pool, { maxLists, maxAgeMs }: RecommendationLogLimits): Promise<number> {
  const last = await lastId(pool);
  const partitions = await listPartitions(pool, PARENT);
  await extend(pool, { partitions, last, size: Math.ceil(maxLists / PARTITIONS_AT_LIMIT) });
  const dropped = await dropOldest(pool, { partitions, maxAgeMs, last, keepFrom: last - maxLists + 1 });
  const hour = await presentHour(pool);
  await pool.query('delete from freshet.recommendation_outcome where hour < $1', [hour - OUTCOME_DAYS * 24]);
  await foldOutcomes(pool, hour);
  return dropped;
}

async function lastId(pool: Pool): Promise<number> {
  const found = await pool.query<{ last: number }>('select case when is_called then last_value else 0 end as last from freshet.recommendation_list_id');
  return found.rows[0]?.last ?? 0;
}

async function presentHour(pool: Pool): Promise<number> {
  const found = await pool.query<{ hour: number }>('select floor(extract(epoch from now()) / 3600)::integer as hour');
  return found.rows[0]?.hour ?? 0;
}

async function extend(pool: Pool, { partitions, last, size }: { readonly partitions: readonly Partition[]; readonly last: number; readonly size: number }): Promise<void> {
  let ahead = partitions.filter(({ from }) => from > last + 1).length;
  for (let end = partitions.at(-1)?.to ?? last + 1; ahead < AHEAD; end += size) {
    const name = `freshet.${PARENT}_${end}`;
    await pool.query(`create table if not exists ${name} (like freshet.${PARENT} including all)`);
    await pool.query(`alter table freshet.${PARENT} attach partition ${name} for values from (${end}) to (${end + size})`);
    if (end > last + 1) ahead++;
  }
}

interface Dropping {
  readonly partitions: readonly Partition[];
  readonly maxAgeMs: number;
  readonly last: number;
  /** The oldest list that stays by number. */
  readonly keepFrom: number;
}

async function dropOldest(pool: Pool, { partitions, maxAgeMs, last, keepFrom }: Dropping): Promise<number> {
  let dropped = 0;
  for (const partition of partitions) {
    const { name, to, halfDetached } = partition;
    const isFull = to <= last;
    if (!halfDetached && !(isFull && (to <= keepFrom || (await isExpired(pool, partition, maxAgeMs))))) break;
    await pool.query(`alter table freshet.${PARENT} detach partition freshet.${name} ${halfDetached ? 'finalize' : 'concurrently'}`);
    await pool.query(`drop table freshet.${name}`);
    await pool.query('delete from freshet.recommendation_feedback where list < $1', [to]);
    dropped++;
  }
  return dropped;
}

async function isExpired(pool: Pool, { name }: Partition, maxAgeMs: number): Promise<boolean> {
  const found = await pool.query<{ expired: boolean }>(
    `select made_at < extract(epoch from now()) * 1000 - $1 as expired from freshet.${name} order by id desc limit 1`,
    [maxAgeMs],
  );
  // An empty one is full of numbers that were drawn in vain.
  return found.rows[0]?.expired ?? true;
}
