/**
 * The log on Postgres.
 *
 * 1. An append is one statement and so one transaction: ids, counter and entry, or nothing.
 * 2. `seq` is gap-free: the counter's row lock is taken last and held until the commit, so entry n + 1 can't become
 *    visible before entry n; a batch of duplicates only doesn't touch it.
 * 3. An id that stands in either id table is never written again (id-rotation.ts moves them without a hole).
 * Leaves out making and dropping partitions (entry-log-partitions.ts), but makes one when it finds none.
 */
import type { Pool } from 'pg';
import { encodePayload } from '../../codec/payload.js';
import type { AppendRequest, AppendResult, EntryLog, ItemKey } from '../../ports/entry-log.js';
import { checkAppend, isSameBody } from '../entry-log-request.js';
import { int8Array, uuidArray } from './binary-arrays.js';
import { isMissingPartition, toLogFailure } from './entry-log-failure.js';
import { createPartitions } from './entry-log-partitions.js';
import { readEntries, startOfItems } from './entry-log-read.js';

export function postgresEntryLog(pool: Pool): EntryLog {
  const nextBatch = batchNumbers();
  return {
    append: async (request) => {
      checkAppend(request);
      try {
        return await append(pool, request, nextBatch());
      } catch (thrown) {
        if (!isMissingPartition(thrown)) throw toLogFailure(thrown);
      }
      await createPartitions(pool);
      return append(pool, request, nextBatch()).catch((thrown: unknown) => Promise.reject(toLogFailure(thrown)));
    },
    read: (after, maxItems) => readEntries(pool, after, maxItems),
    startOf: (items) => startOfItems(pool, items),
    head: async () => {
      const found = await pool.query<{ last: string }>({ name: 'log-head', text: 'select last from freshet.log_counter' });
      return Number(found.rows[0]?.last ?? 0);
    },
  };
}

/**
 * Ids are inserted in their order, so that two batches with the same ids wait for each other instead of deadlocking.
 * `offset 0` keeps the probe a probe: as an anti-join the planner may scan a day's 50 million ids instead.
 * Everything an ingest process commits goes through here: keep it one round trip.
 */
const APPEND = `
  with input as (
    select t.id, t.body, (t.n - 1)::smallint as n
    from unnest($1::uuid[], $2::int8[]) with ordinality as t (id, body, n)),
  fresh as (
    insert into freshet.event_id_current (id, body, batch)
    select i.id, i.body, $3 from input i
    where not exists (select 1 from freshet.event_id_previous p where p.id = i.id offset 0)
    order by i.id
    on conflict do nothing
    returning id),
  tally as (select count(*)::int as n from fresh),
  known as (select array_agg(i.n order by i.n) as n from input i where i.id not in (select id from fresh)),
  skip as (select case when (select n from tally) < $4 then (select n from known) end as n),
  counter as (
    update freshet.log_counter set last = last + 1, total = total + (select n from tally)
    where (select n from tally) > 0 or $4 = 0
    returning last, total),
  entry as (
    insert into freshet.log_entry (seq, kind, source, received_at, historical, count, total, skip, batch, payload)
    select c.last, $5, $6, $7, $8, (select n from tally), c.total, (select n from skip), $3, $9 from counter c
    returning seq)
  select (select seq from entry) as seq, (select n from skip) as skip`;

async function append(pool: Pool, request: AppendRequest, batch: bigint): Promise<AppendResult> {
  const { keys } = request;
  const written = await pool.query<{ seq: string | null; skip: number[] | null }>({
    name: 'log-append',
    text: APPEND,
    values: [
      uuidArray(keys.map((key) => key.id)), int8Array(keys.map((key) => key.body)), batch, keys.length,
      request.body.kind, request.source, Math.round(request.receivedAt), request.historical, encodePayload(request.body),
    ],
  });
  const row = written.rows[0];
  const skip = row?.skip ?? [];
  return {
    seq: row === undefined || row.seq === null ? undefined : Number(row.seq),
    known: skip.length === 0 ? NONE_KNOWN : await compareBodies(pool, keys, skip),
  };
}

const NONE_KNOWN: ReadonlyMap<number, 'duplicate' | 'conflict'> = new Map();

/** Rare, hence a second round trip. An id that has rotated away in between counts as a duplicate. */
async function compareBodies(pool: Pool, keys: readonly ItemKey[], indexes: readonly number[]): Promise<Map<number, 'duplicate' | 'conflict'>> {
  const asked = indexes.flatMap((index) => keys[index] ?? []);
  const found = await pool.query<{ place: string; body: string }>({
    name: 'log-bodies',
    text: `select t.place, seen.body from unnest($1::uuid[]) with ordinality as t (id, place)
      cross join lateral (
        select c.body from freshet.event_id_current c where c.id = t.id
        union all select p.body from freshet.event_id_previous p where p.id = t.id limit 1) seen`,
    values: [uuidArray(asked.map((key) => key.id))],
  });
  const bodies = new Map(found.rows.map((row) => [Number(row.place) - 1, BigInt(row.body)]));
  return new Map(
    indexes.map((index, place) => {
      const body = bodies.get(place);
      const key = keys[index];
      return [index, body === undefined || key === undefined || isSameBody(key, body) ? 'duplicate' : 'conflict'];
    }),
  );
}

/** Rising numbers that other processes don't use: milliseconds, then 22 random bits. They only serve the event trace. */
function batchNumbers(): () => bigint {
  let last = 0n;
  return () => {
    const next = (BigInt(Date.now()) << 22n) | BigInt(Math.floor(Math.random() * 4_194_304));
    last = next > last ? next : last + 1n;
    return last;
  };
}
