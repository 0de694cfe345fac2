/**
 * The log's partitions: made ahead of the writers, dropped when all they hold is older than the retention.
 *
 * 1. Neither blocks a writer: a new table is attached (SHARE UPDATE EXCLUSIVE), an old one detached concurrently.
 * 2. Several processes may do it at once: an advisory lock lets one through, the others find the work done.
 * 3. The partition that is written to, and one that the trainer hasn't applied wholly, is never dropped.
 */
import type { Pool, PoolClient } from 'pg';

/** Entries in a partition: the grain of retention (a quiet shop's heartbeats alone fill one in 12 days). */
const PARTITION_ENTRIES = 1_000_000;
/** Whole partitions that stand ready beyond the one being written. */
const AHEAD = 2;
/** Advisory lock of everything that changes the log's partitions ("FRP" in ASCII). */
const PARTITION_LOCK = 0x46_52_50;

export interface Partition {
  readonly name: string;
  /** First seq, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** An interrupted concurrent detach. */
  readonly halfDetached: boolean;
}

export async function listPartitions(pool: Pool | PoolClient): Promise<readonly Partition[]> {
  const found = await pool.query<{ name: string; bound: string; pending: boolean }>(`
    select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound, i.inhdetachpending as pending
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'freshet.log_entry'::regclass`);
  const partitions = found.rows.flatMap((row) => {
    const bounds = /FROM \('?(\d+)'?\) TO \('?(\d+)'?\)/.exec(row.bound);
    return bounds === null ? [] : [{ name: row.name, from: Number(bounds[1]), to: Number(bounds[2]), halfDetached: row.pending }];
  });
  return partitions.sort((a, b) => a.from - b.from);
}

/** Makes partitions until `AHEAD` whole ones lie beyond the head. Returns how many were made. */
export async function createPartitions(pool: Pool, entries: number = PARTITION_ENTRIES): Promise<number> {
  return locked(pool, async (client) => {
    const counter = await client.query<{ last: string }>('select last from freshet.log_counter');
    const head = Number(counter.rows[0]?.last ?? 0);
    let end = (await listPartitions(client)).at(-1)?.to ?? head + 1;
    let made = 0;
    for (; end <= head + 1 + AHEAD * entries; end += entries) {
      await attachPartition(client, end, end + entries);
      made++;
    }
    return made;
  });
}

/** `create table … partition of` would lock the whole log against writers; attaching an empty table doesn't. */
async function attachPartition(client: PoolClient, from: number, to: number): Promise<void> {
  const name = `freshet.log_entry_${from}`;
  await client.query(`create table if not exists ${name} (like freshet.log_entry including all)`);
  await client.query(`alter table freshet.log_entry attach partition ${name} for values from (${from}) to (${to})`);
}

/** Drops partitions whose newest entry is older than `retentionMs`. Returns their names. */
export async function dropExpiredPartitions(pool: Pool, retentionMs: number): Promise<readonly string[]> {
  return locked(pool, async (client) => {
    const dropped: string[] = [];
    const keepFrom = await firstNeeded(client);
    for (const partition of await listPartitions(client)) {
      if (partition.halfDetached) {
        await client.query(`alter table freshet.log_entry detach partition freshet.${partition.name} finalize`);
      } else if (partition.to > keepFrom || !(await isExpired(client, partition, retentionMs))) {
        continue;
      } else {
        await client.query(`alter table freshet.log_entry detach partition freshet.${partition.name} concurrently`);
      }
      await client.query(`drop table freshet.${partition.name}`);
      dropped.push(partition.name);
    }
    return dropped;
  });
}

/** The first seq that must stay: the head (the counter's reader), and what a trainer still has to apply. */
async function firstNeeded(client: PoolClient): Promise<number> {
  const known = await client.query<{ trainer: boolean }>(`select to_regclass('freshet.trainer_state') is not null as trainer`);
  const applied = known.rows[0]?.trainer === true ? 'coalesce((select max(applied) from freshet.trainer_state), last)' : 'last';
  const found = await client.query<{ seq: string }>(`select least(last, ${applied}) as seq from freshet.log_counter`);
  return Number(found.rows[0]?.seq ?? 0);
}

async function isExpired(client: PoolClient, partition: Partition, retentionMs: number): Promise<boolean> {
  const found = await client.query<{ expired: boolean }>(
    `select written_at < now() - make_interval(secs => $1) as expired from freshet.${partition.name} order by seq desc limit 1`,
    [retentionMs / 1_000],
  );
  return found.rows[0]?.expired === true;
}

async function locked<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('select pg_advisory_lock($1)', [PARTITION_LOCK]);
    try {
      return await work(client);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [PARTITION_LOCK]);
    }
  } catch (thrown) {
    failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    throw thrown;
  } finally {
    // A session that failed may still hold the lock: end it rather than reuse it.
    client.release(failure);
  }
}
