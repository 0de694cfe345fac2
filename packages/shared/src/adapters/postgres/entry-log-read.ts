/**
 * Reading entries in order. The payload is JSON, so Postgres hands it out as text: node-postgres would get bytea as
 * hex (twice the bytes, several times the CPU), and COPY takes no parameters and can't be prepared.
 *
 * 1. Entries come in `seq` order from the first one after `after` that still exists: the caller sees a gap that
 *    retention made by the first entry's `seq`.
 * 2. A read is bounded: items (one entry more than asked at most) and `WINDOW` entries.
 */
import type { Pool } from 'pg';
import { decodePayload } from '../../codec/payload.js';
import type { EntryKind, LogEntry } from '../../domain/entry.js';
import { FreshetError } from '../../errors.js';
import { toLogFailure } from './entry-log-failure.js';

/** Entries in one read, so that a far behind reader doesn't make Postgres look at all that follows. */
const WINDOW = 1_000;

interface Row {
  readonly seq: string;
  readonly kind: string;
  readonly source: string;
  readonly received_at: string;
  readonly historical: boolean;
  readonly skip: number[] | null;
  readonly payload: string;
}

const COLUMNS = `e.seq, e.kind, e.source, e.received_at, e.historical, e.skip, convert_from(e.payload, 'UTF8') as payload`;

/** `total` counts items over the whole log: an entry belongs to the answer while fewer than $2 come before it. */
const READ = `
  with first as materialized (
    select f.seq, f.total - f.count as items from freshet.log_entry f where f.seq > $1 order by f.seq limit 1)
  select ${COLUMNS} from freshet.log_entry e
  where e.seq >= (select seq from first) and e.seq < (select seq from first) + ${WINDOW}
    and (e.total - e.count - (select items from first) < $2 or e.seq = (select seq from first))
  order by e.seq`;

export async function readEntries(pool: Pool, after: number, maxItems: number): Promise<readonly LogEntry[]> {
  return query(pool, { name: 'log-read', text: READ, values: [after, maxItems] });
}

/**
 * By halves: `total` rises with `seq`, so some twenty probes of the primary key find the place in a log of any length,
 * however many empty heartbeats lie between the items.
 */
const START_OF = `
  with recursive
  counter as materialized (select last, greatest(0, total - $1) as wanted from freshet.log_counter),
  oldest as materialized (select e.seq from freshet.log_entry e order by e.seq limit 1),
  halves (low, high) as (
    select coalesce((select seq from oldest), (select last from counter) + 1) - 1, (select last from counter)
    union all
    select case when e.total <= c.wanted then e.seq else h.low end, case when e.total <= c.wanted then h.high else e.seq - 1 end
    from halves h
    cross join counter c
    cross join lateral (select f.seq, f.total from freshet.log_entry f where f.seq = (h.low + h.high + 1) / 2) e
    where h.low < h.high)
  select low as seq from halves where low >= high`;

/** See port `EntryLog`. */
export async function startOfItems(pool: Pool, items: number): Promise<number> {
  try {
    const found = await pool.query<{ seq: string }>({ name: 'log-start-of', text: START_OF, values: [items] });
    return Number(found.rows[0]?.seq ?? 0);
  } catch (thrown) {
    throw toLogFailure(thrown);
  }
}

/** Catalogue entries with `after` < seq, in order, at most `limit`: for readers who don't want the events between. */
export async function readCatalogueEntries(pool: Pool, after: number, limit: number): Promise<readonly LogEntry[]> {
  const text = `select ${COLUMNS} from freshet.log_entry e where e.kind = 'catalogue' and e.seq > $1 order by e.seq limit $2`;
  return query(pool, { name: 'log-read-catalogue', text, values: [after, limit] });
}

async function query(pool: Pool, statement: { name: string; text: string; values: unknown[] }): Promise<readonly LogEntry[]> {
  try {
    const found = await pool.query<Row>(statement);
    return found.rows.map(toEntry);
  } catch (thrown) {
    throw toLogFailure(thrown);
  }
}

function toEntry(row: Row): LogEntry {
  return {
    ...decodePayload(kindOf(row.kind), row.payload, row.skip ?? []),
    seq: Number(row.seq),
    source: row.source,
    receivedAt: Number(row.received_at),
    historical: row.historical,
  };
}

function kindOf(kind: string): EntryKind {
  if (kind === 'events' || kind === 'catalogue' || kind === 'rule' || kind === 'user') return kind;
  throw new FreshetError('entry_kind', `the log holds an entry of kind "${kind}", which this release doesn't know`);
}
