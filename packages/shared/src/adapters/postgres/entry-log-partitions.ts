/**
 * The log's partitions: made ahead of the writers, dropped when all they hold is too old or the log is too big.
 *
 * 1. Neither blocks a writer: a new table is attached (SHARE UPDATE EXCLUSIVE), an old one detached concurrently.
 * 2. Several processes may do it at once: an advisory lock lets one through. The others leave it to that one, so a process
 *    that stands still with the lock in its hands holds nobody up; only a writer that finds no partition waits for it.
 * 3. Never dropped: the partition that is written to, and what the trainer hasn't applied or the checkpoint of
 *    histories hasn't folded yet. So the log can be bigger than its limit while one of them is behind.
 */
import type { Pool, PoolClient } from 'pg';
import type { LogLimits } from '../../ports/log-upkeep.js';

/** Entries in a partition: the grain of retention. The most is what a quiet shop's heartbeats fill in 12 days. */
const MOST_ENTRIES = 1_000_000;
const LEAST_ENTRIES = 10_000;
/** A partition is about this share of the log's byte limit, so that dropping one takes little. */
const PARTITIONS_AT_LIMIT = 16;
/** Of a writer that finds no partition and knows no limit. */
const USUAL_LOG_BYTES = 10_000_000_000;
/** Before there is an entry to measure. */
const ASSUMED_ENTRY_BYTES = 1_000;
/** A heartbeat with its index rows. */
const LEAST_ENTRY_BYTES = 200;
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

export async function listPartitions(pool: Pool | PoolClient, parent = 'log_entry'): Promise<readonly Partition[]> {
  const found = await pool.query<{ name: string; bound: string; pending: boolean }>(
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound, i.inhdetachpending as pending
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass`,
    [`freshet.${parent}`],
  );
  const partitions = found.rows.flatMap((row) => {
    const bounds = /FROM \('?(\d+)'?\) TO \('?(\d+)'?\)/.exec(row.bound);
    return bounds === null ? [] : [{ name: row.name, from: Number(bounds[1]), to: Number(bounds[2]), halfDetached: row.pending }];
  });
  return partitions.sort((a, b) => a.from - b.from);
}

/** Makes partitions until `AHEAD` whole ones lie beyond the head, sized for a log of `maxBytes`. Returns how many were made. */
export async function createPartitions(pool: Pool, maxBytes: number = USUAL_LOG_BYTES, busy: 'wait' | 'leave' = 'wait'): Promise<number> {
  const made = await locked(pool, busy, async (client) => {
    const counter = await client.query<{ last: string }>('select last from freshet.log_counter');
    const head = Number(counter.rows[0]?.last ?? 0);
    const partitions = await listPartitions(client);
    let ahead = partitions.filter((partition) => partition.from > head + 1).length;
    const entries = await partitionEntries(client, { partitions, head, maxBytes });
    let end = partitions.at(-1)?.to ?? head + 1;
    let made = 0;
    for (; ahead < AHEAD; end += entries) {
      await attachPartition(client, end, end + entries);
      made++;
      if (end > head + 1) ahead++;
    }
    return made;
  });
  return made ?? 0;
}

interface Sizing {
  readonly partitions: readonly Partition[];
  readonly head: number;
  readonly maxBytes: number;
}

/** By what an entry of the partition being written takes, indexes included. */
async function partitionEntries(client: PoolClient, { partitions, head, maxBytes }: Sizing): Promise<number> {
  const written = partitions.find((partition) => partition.from <= head && head < partition.to);
  const bytes = written === undefined ? 0 : await bytesOf(client, written);
  const perEntry = written === undefined || bytes === 0 ? ASSUMED_ENTRY_BYTES : Math.max(LEAST_ENTRY_BYTES, bytes / (head - written.from + 1));
  return Math.min(MOST_ENTRIES, Math.max(LEAST_ENTRIES, Math.floor(maxBytes / PARTITIONS_AT_LIMIT / perEntry)));
}

async function bytesOf(client: PoolClient, { name }: Partition): Promise<number> {
  const found = await client.query<{ bytes: string }>('select pg_total_relation_size($1::regclass) as bytes', [`freshet.${name}`]);
  return Number(found.rows[0]?.bytes ?? 0);
}

/** `create table … partition of` would lock the whole log against writers; attaching an empty table doesn't. */
async function attachPartition(client: PoolClient, from: number, to: number): Promise<void> {
  const name = `freshet.log_entry_${from}`;
  await client.query(`create table if not exists ${name} (like freshet.log_entry including all)`);
  await client.query(`alter table freshet.log_entry attach partition ${name} for values from (${from}) to (${to})`);
}

/** Drops the oldest partitions whose newest entry is too old, or without which the log still is too big. Returns their names. */
export async function dropExpiredPartitions(pool: Pool, { maxAgeMs, maxBytes }: LogLimits): Promise<readonly string[]> {
  const names = await locked(pool, 'leave', async (client) => {
    const dropped: string[] = [];
    const keepFrom = await firstNeeded(client);
    const partitions = await listPartitions(client);
    const sizes = new Map<Partition, number>();
    for (const partition of partitions) sizes.set(partition, await bytesOf(client, partition));
    let bytes = [...sizes.values()].reduce((sum, own) => sum + own, 0);
    for (const partition of partitions) {
      if (partition.halfDetached) {
        await client.query(`alter table freshet.log_entry detach partition freshet.${partition.name} finalize`);
      } else if (partition.to > keepFrom || (bytes <= maxBytes && !(await isExpired(client, partition, maxAgeMs)))) {
        continue;
      } else {
        await client.query(`alter table freshet.log_entry detach partition freshet.${partition.name} concurrently`);
      }
      await client.query(`drop table freshet.${partition.name}`);
      bytes -= sizes.get(partition) ?? 0;
      dropped.push(partition.name);
    }
    return dropped;
  });
  return names ?? [];
}

/** The first seq that must stay: the head (the counter's reader), what a trainer still has to apply or a start to fold. */
async function firstNeeded(client: PoolClient): Promise<number> {
  const found = await client.query<{ seq: string }>(`
    select least(last, (select max(applied) from freshet.trainer_state), (select seq from freshet.checkpoint)) as seq from freshet.log_counter`);
  return Number(found.rows[0]?.seq ?? 0);
}

async function isExpired(client: PoolClient, partition: Partition, retentionMs: number): Promise<boolean> {
  const found = await client.query<{ expired: boolean }>(
    `select written_at < now() - make_interval(secs => $1) as expired from freshet.${partition.name} order by seq desc limit 1`,
    [retentionMs / 1_000],
  );
  return found.rows[0]?.expired === true;
}

/** Undefined when somebody else is at it and needn't be waited for. */
async function locked<T>(pool: Pool, busy: 'wait' | 'leave', work: (client: PoolClient) => Promise<T>): Promise<T | undefined> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    if (busy === 'wait') await client.query('select pg_advisory_lock($1)', [PARTITION_LOCK]);
    else if (!(await tryLock(client))) return undefined;
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

async function tryLock(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [PARTITION_LOCK]);
  return rows[0]?.locked === true;
}
