/**
 * The log on Postgres.
 *
 * 1. An append is one statement and so one transaction: ids, counter and entry, or nothing.
 * 2. `seq` is gap-free: the counter's row lock is taken last and held until the commit, so entry n + 1 can't become
 *    visible before entry n; a batch of duplicates only doesn't touch it.
 * 3. An id that stands in either id table is never written again (id-rotation.ts moves them without a hole).
 * 4. Ids are nearly always new, so an append first goes without looking for them in the current table: the primary key refuses the
 *    whole statement if one stands there (as if it had never been sent), and the same batch goes again, the way that leaves the
 *    known ones out; so do the next ones (docs/decisions/020).
 * Leaves out making and dropping partitions (entry-log-partitions.ts), but makes one when it finds none.
 */
import type { Pool } from 'pg';
import { encodePayload } from '../../codec/payload.js';
import type { AppendRequest, AppendResult, EntryLog, ItemKey } from '../../ports/entry-log.js';
import { checkAppend, isSameBody } from '../entry-log-request.js';
import { int8TextArray, uuidTextArray } from './binary-arrays.js';
import { isKnownId, isMissingPartition, toLogFailure } from './entry-log-failure.js';
import { createPartitions } from './entry-log-partitions.js';
import { readEntries, startOfItems } from './entry-log-read.js';

export function postgresEntryLog(pool: Pool): EntryLog {
  const nextBatch = batchNumbers();
  /** Appends that still look for known ids. */
  let careful = 0;
  const append = async (request: AppendRequest): Promise<AppendResult> => {
    if (careful > 0) careful--;
    else {
      try {
        return await appendOnce(pool, request, { statement: APPEND_NEW, batch: nextBatch() });
      } catch (thrown) {
        if (!isKnownId(thrown)) throw thrown;
      }
      careful = CAREFUL_APPENDS;
    }
    return appendOnce(pool, request, { statement: APPEND_ANY, batch: nextBatch() });
  };
  return {
    append: async (request) => {
      checkAppend(request);
      try {
        return await append(request);
      } catch (thrown) {
        if (!isMissingPartition(thrown)) throw toLogFailure(thrown);
      }
      await createPartitions(pool);
      return append(request).catch((thrown: unknown) => Promise.reject(toLogFailure(thrown)));
    },
    read: (after, maxItems) => readEntries(pool, after, maxItems),
    startOf: (items) => startOfItems(pool, items),
    head: async () => {
      const found = await pool.query<{ last: string }>({ name: 'log-head', text: 'select last from freshet.log_counter' });
      return Number(found.rows[0]?.last ?? 0);
    },
  };
}

/** After a known id was met: whoever sends again what he has sent before does so for a while. */
const CAREFUL_APPENDS = 1_000;

/**
 * Ids are inserted in their order, so that two batches with the same ids wait for each other instead of deadlocking.
 * `offset 0` keeps the probe a probe: as an anti-join the planner may scan a day's 50 million ids instead; while the table is
 * empty (a shop's first day, an import) nothing is probed.
 * The arrays are unnested where they are used: as one more CTE every id would be stored and read once more.
 * Everything an ingest process commits goes through here: keep it one round trip.
 */
const appendStatement = (onConflict: string): string => `
  with fresh as (
    insert into freshet.event_id_current (id, body, batch)
    select i.id, i.body, $3 from unnest($1::uuid[], $2::int8[]) as i (id, body)
    where (select not exists (select 1 from freshet.event_id_previous))
      or not exists (select 1 from freshet.event_id_previous p where p.id = i.id offset 0)
    order by i.id
    ${onConflict}
    returning id),
  tally as (select count(*)::int as n from fresh),
  known as (
    select array_agg((i.n - 1)::smallint order by i.n) as n
    from unnest($1::uuid[]) with ordinality as i (id, n) where i.id not in (select id from fresh)),
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

interface Statement {
  readonly name: string;
  readonly text: string;
}

const APPEND_NEW: Statement = { name: 'log-append-new', text: appendStatement('') };
const APPEND_ANY: Statement = { name: 'log-append-any', text: appendStatement('on conflict do nothing') };

async function appendOnce(pool: Pool, request: AppendRequest, { statement, batch }: { statement: Statement; batch: bigint }): Promise<AppendResult> {
  const { keys } = request;
  const written = await pool.query<{ seq: string | null; skip: number[] | null }>({
    ...statement,
    values: [
      uuidTextArray(keys.map((key) => key.id)), int8TextArray(keys.map((key) => key.body)), batch, keys.length,
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
    values: [uuidTextArray(asked.map((key) => key.id))],
  });
  const bodies = new Map(found.rows.map((row) => [Number(row.place) - 1, bodyText(BigInt(row.body))]));
  return new Map(
    indexes.map((index, place) => {
      const body = bodies.get(place);
      const key = keys[index];
      return [index, body === undefined || key === undefined || isSameBody(key, body) ? 'duplicate' : 'conflict'];
    }),
  );
}

/** A stored hash as `bodyHash` gives it. */
function bodyText(stored: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(stored);
  return bytes.toString('latin1');
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
