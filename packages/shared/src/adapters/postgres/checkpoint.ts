/** The checkpoint of histories, item documents, rules and profiles on Postgres. Rows are replaced one by one; `seq` moves last. */
import { setImmediate } from 'node:timers/promises';
import { escapeLiteral, type Pool, type PoolClient } from 'pg';
import type { UserRef } from '../../domain/event.js';
import type { CheckpointWrites, OwnedCheckpointStore } from '../../ports/checkpoint.js';
import { type CopyRow, copyRows } from './copy-binary.js';
import { trySessionRight } from './session-right.js';
import { fromBigint, toBigint } from './user-ref-bigint.js';

/** Rows fetched by one COPY. */
const PAGE = 100_000;
const ITEMS = 4_096;
/** A few milliseconds of whoever takes them. */
const ITEMS_A_TURN = 128;
/** “FRC” in ASCII: the right to write the checkpoint. */
const WRITER_LOCK = 0x46_52_43;

export function postgresCheckpoint(pool: Pool): OwnedCheckpointStore {
  return {
    async seq() {
      const found = await pool.query<{ seq: number }>('select seq from freshet.checkpoint');
      return found.rows[0]?.seq ?? 0;
    },
    loadRefs: (take) => eachRow(pool, 'ref from freshet.checkpoint_user', (row) => take(refOf(row))),
    async findUsers(refs) {
      const found = await pool.query<{ ref: number | bigint; state: Buffer }>({
        name: 'checkpoint-users',
        text: 'select ref, state from freshet.checkpoint_user where ref = any($1::bigint[])',
        values: [refs.map(toBigint)],
      });
      return new Map(found.rows.map((row) => [fromBigint(BigInt(row.ref)), row.state]));
    },
    loadItems: (take) => eachItem(pool, take),
    async loadRules(take) {
      const found = await pool.query<{ state: Buffer }>('select state from freshet.checkpoint_rule');
      for (const { state } of found.rows) take(state);
    },
    loadProfiles: (take) => eachRow(pool, 'ref, state from (select ref, state from freshet.checkpoint_profile where state is not null) p', (row) => take(row[1] as Buffer)),
    async tryOwn() {
      const right = await trySessionRight(pool, WRITER_LOCK, 0);
      return right === undefined ? undefined : { lost: right.lost, release: right.release, ...writesOn(right.session) };
    },
  };
}

/** On the session that holds the right: Postgres gives it to nobody else before a statement under way here has ended. */
function writesOn(session: Pick<PoolClient, 'query'>): CheckpointWrites {
  return {
    async saveRules(rows) {
      await session.query(
        `insert into freshet.checkpoint_rule (context, state) select * from unnest($1::text[], $2::bytea[])
         on conflict (context) do update set state = excluded.state`,
        [rows.map(([context]) => context), rows.map(([, state]) => state)],
      );
    },
    async saveUsers(rows) {
      await session.query(
        `insert into freshet.checkpoint_user (ref, state) select * from unnest($1::bigint[], $2::bytea[])
         on conflict (ref) do update set state = excluded.state, saved_on = excluded.saved_on`,
        [rows.map(([ref]) => toBigint(ref)), rows.map(([, state]) => state)],
      );
    },
    async saveProfiles(rows) {
      const columns = [rows.map(([ref]) => toBigint(ref)), rows.map(([, profile]) => profile?.seq ?? null), rows.map(([, profile]) => profile?.state ?? null)];
      await session.query(SAVE_PROFILES, columns);
    },
    async saveItems(rows) {
      await session.query(
        `insert into freshet.checkpoint_item (id, state) select * from unnest($1::text[], $2::bytea[])
         on conflict (id) do update set state = excluded.state`,
        [rows.map(([id]) => id), rows.map(([, state]) => state)],
      );
    },
    async finish(seq) {
      await session.query(FINISH, [seq]);
    },
  };
}

/**
 * A shopper who was erased has a row without a state, a tombstone, with the entry of her erasure (erasure.ts). The row decides, in one step with
 * the write, also where the erasure was committed after this statement had begun: a conflict is judged by the newest row, not by the snapshot.
 */
const SAVE_PROFILES = `
  with given as (select * from unnest($1::bigint[], $2::bigint[], $3::bytea[]) as t (ref, seq, state)),
  gone as (delete from freshet.checkpoint_profile p using given where p.ref = given.ref and given.state is null and p.state is not null)
  insert into freshet.checkpoint_profile as p (ref, seq, state) select ref, seq, state from given where state is not null order by ref
  on conflict (ref) do update set seq = excluded.seq, state = excluded.state where p.seq <= excluded.seq`;

/** Whoever writes from now on has folded the erasures up to here (port, guarantee 2), so their tombstones have done their work. */
const FINISH = `
  with moved as (update freshet.checkpoint set seq = greatest(seq, $1))
  delete from freshet.checkpoint_profile where state is null and seq <= $1`;

/** The references come first in `columns`. */
async function eachRow(pool: Pool, columns: string, take: (row: CopyRow) => void): Promise<void> {
  const last = (ref: Buffer): string => `'${ref.readBigInt64BE(0)}'::bigint`;
  for await (const rows of pagesOf(pool, { columns, key: 'ref', size: PAGE, last })) for (const row of rows) take(row);
}

/** In turns of the event loop: who calls may be answering meanwhile. */
async function eachItem(pool: Pool, take: (state: Buffer) => void): Promise<void> {
  const last = (id: Buffer): string => escapeLiteral(id.toString('utf8'));
  for await (const rows of pagesOf(pool, { columns: 'id, state from freshet.checkpoint_item', key: 'id', size: ITEMS, last })) {
    for (const [n, [, state]] of rows.entries()) {
      take(state as Buffer);
      if (n % ITEMS_A_TURN === ITEMS_A_TURN - 1) await setImmediate();
    }
  }
}

interface Paged {
  readonly columns: string;
  /** Comes first in `columns`; no two rows have the same. */
  readonly key: string;
  readonly size: number;
  /** The last row's key in SQL. */
  readonly last: (key: Buffer) => string;
}

/** Pages in the order of the key. */
async function* pagesOf(pool: Pool, { columns, key, size, last }: Paged): AsyncGenerator<readonly CopyRow[]> {
  for (let behind = ''; ; ) {
    const rows = await copyRows(pool, `select ${columns} ${behind} order by ${key} limit ${size}`);
    yield rows;
    const [end] = rows.at(-1) ?? [];
    if (end === undefined || end === null || rows.length < size) return;
    behind = `where ${key} > ${last(end)}`;
  }
}

function refOf([ref]: CopyRow): UserRef {
  return fromBigint((ref as Buffer).readBigInt64BE(0));
}
