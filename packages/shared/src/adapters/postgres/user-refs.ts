/**
 * `user_ref_map` on Postgres.
 *
 * 1. A pseudonym has one reference until it is forgotten or erased, whoever asks first and however many ask at once.
 * 2. References are 64 random bits: nothing about a person can be computed from one.
 */
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { parseUserRef, type UserRef } from '../../domain/event.js';
import { CorruptionError, UnavailableError } from '../../errors.js';
import type { PersonKey, PersonRef, SessionJoin, UserRefs } from '../../ports/user-refs.js';
import { int8Array, uuidArray } from './binary-arrays.js';
import { toLogFailure } from './entry-log-failure.js';
import { toBigint } from './user-ref-bigint.js';

/** Somebody else's insert, uncommitted when our snapshot was taken, is seen by the second try. */
const LOOKUP_TRIES = 3;

export function postgresUserRefs(pool: Pool): UserRefs {
  return {
    lookup: (keys) => lookup(pool, keys).catch((thrown: unknown) => Promise.reject(toLogFailure(thrown))),
    join: (joins) => join(pool, joins).catch((thrown: unknown) => Promise.reject(toLogFailure(thrown))),
  };
}

async function lookup(pool: Pool, keys: readonly PersonKey[]): Promise<readonly (PersonRef | undefined)[]> {
  const results: (PersonRef | undefined)[] = Array.from({ length: keys.length });
  let open = keys.map((_, index) => index);
  for (let attempt = 0; open.length > 0; attempt++) {
    if (attempt === LOOKUP_TRIES) throw new UnavailableError('user_refs_busy', `${open.length} references could not be made`);
    await lookupOnce(pool, { keys, open, results });
    open = open.filter((index) => results[index] === undefined && keys[index]?.create === true);
  }
  return results;
}

interface Lookup {
  readonly keys: readonly PersonKey[];
  /** Indexes of the keys to ask for. */
  readonly open: readonly number[];
  readonly results: (PersonRef | undefined)[];
}

/**
 * Inserts in the pseudonyms' order, like every bulk insert here: two batches with the same people don't deadlock. Whoever
 * may be made counts as seen today; a row that another batch is just marking is left to it.
 */
const LOOKUP = `
  with input as (
    select t.pseudonym, t.ref, t.kind, t.may_create, t.n
    from unnest($1::uuid[], $2::int8[], $3::text[], $4::bool[]) with ordinality as t (pseudonym, ref, kind, may_create, n)),
  known as (select i.n, m.ref, m.joined from input i join freshet.user_ref_map m on m.pseudonym = i.pseudonym),
  unseen as (
    select m.pseudonym from input i join freshet.user_ref_map m on m.pseudonym = i.pseudonym
    where i.may_create and m.seen_on < current_date
    order by m.pseudonym
    for update of m skip locked),
  seen as (update freshet.user_ref_map m set seen_on = current_date from unseen u where m.pseudonym = u.pseudonym),
  added as (
    insert into freshet.user_ref_map (pseudonym, kind, ref)
    select i.pseudonym, i.kind, i.ref from input i
    where i.may_create and not exists (select 1 from known k where k.n = i.n)
    order by i.pseudonym
    on conflict do nothing
    returning pseudonym, ref, joined)
  select n, lpad(to_hex(ref), 16, '0') as ref, joined from known
  union all
  select i.n, lpad(to_hex(a.ref), 16, '0'), a.joined from added a join input i on i.pseudonym = a.pseudonym`;

async function lookupOnce(pool: Pool, { keys, open, results }: Lookup): Promise<void> {
  const asked = open.flatMap((index) => keys[index] ?? []);
  const found = await pool.query<{ n: string; ref: string; joined: boolean }>({
    name: 'user-refs-lookup',
    text: LOOKUP,
    values: [
      uuidArray(asked.map((key) => key.pseudonym)), int8Array(randomRefs(asked.length)),
      asked.map((key) => key.kind), asked.map((key) => key.create),
    ],
  });
  for (const row of found.rows) {
    const index = open[Number(row.n) - 1];
    if (index !== undefined) results[index] = { ref: checkedRef(row.ref), joined: row.joined };
  }
}

async function join(pool: Pool, joins: readonly SessionJoin[]): Promise<void> {
  // The last word on a session wins; twice the same row in one upsert would be an error.
  const last = [...new Map(joins.map((one) => [one.session.toString('hex'), one])).values()];
  if (last.length === 0) return;
  await pool.query({
    name: 'user-refs-join',
    text: `insert into freshet.user_ref_map (pseudonym, kind, ref, joined)
      select t.pseudonym, 'session', t.ref, true from unnest($1::uuid[], $2::int8[]) as t (pseudonym, ref)
      order by t.pseudonym
      on conflict (pseudonym) do update set ref = excluded.ref, joined = true, seen_on = excluded.seen_on`,
    values: [uuidArray(last.map((one) => one.session)), int8Array(last.map((one) => toBigint(one.ref)))],
  });
}

function randomRefs(count: number): bigint[] {
  const bytes = randomBytes(count * 8);
  return Array.from({ length: count }, (_, i) => bytes.readBigInt64LE(i * 8));
}

function checkedRef(text: string): UserRef {
  const ref = parseUserRef(text);
  if (ref === undefined) throw new CorruptionError('user_ref', `user_ref_map holds "${text}", not 16 hex digits`);
  return ref;
}
