/** The log's upkeep on Postgres: see port `LogUpkeep`. */
import type { Pool } from 'pg';
import type { Backlog, LogUpkeep } from '../../ports/log-upkeep.js';
import { sqlState } from './database-error.js';
import { toLogFailure } from './entry-log-failure.js';
import { createPartitions, dropExpiredPartitions } from './entry-log-partitions.js';
import { readCatalogueEntries } from './entry-log-read.js';
import { forgetPeople } from './forget-people.js';
import { rotateIds } from './id-rotation.js';

const UNDEFINED_TABLE = '42P01';
const NOTHING_BEHIND: Backlog = { unapplied: 0, oldestReceivedAt: undefined };

export function postgresLogUpkeep(pool: Pool): LogUpkeep {
  return {
    backlog: () => readBacklog(pool),
    extend: async (maxBytes) => void (await createPartitions(pool, maxBytes, 'leave')),
    dropExpired: (limits) => dropExpiredPartitions(pool, limits),
    rotateIds: (intervalMs) => rotateIds(pool, intervalMs),
    forgetPeople: (limits) => forgetPeople(pool, limits),
    readCatalogue: (after, limit) => readCatalogueEntries(pool, after, limit),
  };
}

/** `total` makes this two index probes, whatever the backlog. */
const BACKLOG = `
  select c.total - (f.total - f.count) as unapplied, f.received_at
  from freshet.log_counter c
  cross join lateral (
    select e.total, e.count, e.received_at from freshet.log_entry e
    where e.seq > (select coalesce(max(applied), 0) from freshet.trainer_state) order by e.seq limit 1) f`;

async function readBacklog(pool: Pool): Promise<Backlog> {
  try {
    const found = await pool.query<{ unapplied: string; received_at: string }>({ name: 'log-backlog', text: BACKLOG });
    const row = found.rows[0];
    return row === undefined ? NOTHING_BEHIND : { unapplied: Number(row.unapplied), oldestReceivedAt: Number(row.received_at) };
  } catch (thrown) {
    // A database that only ingest has migrated so far: nobody is behind who isn't there.
    if (sqlState(thrown) === UNDEFINED_TABLE) return NOTHING_BEHIND;
    throw toLogFailure(thrown);
  }
}
