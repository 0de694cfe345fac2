/** The checkpoint of histories, item documents, rules and profiles on Postgres. Rows are replaced one by one; `seq` moves last. */
import type { Pool } from 'pg';
import type { UserRef } from '../../domain/event.js';
import type { OwnedCheckpointStore } from '../../ports/checkpoint.js';
import { type CopyRow, copyRows } from './copy-binary.js';
import { trySessionRight } from './session-right.js';
import { fromBigint, toBigint } from './user-ref-bigint.js';

/** Rows fetched by one COPY. */
const PAGE = 100_000;
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
    async loadItems(take) {
      for (const row of await copyRows(pool, 'select state from freshet.checkpoint_item')) take(row[0] as Buffer);
    },
    async loadRules(take) {
      const found = await pool.query<{ state: Buffer }>('select state from freshet.checkpoint_rule');
      for (const { state } of found.rows) take(state);
    },
    loadProfiles: (take) => eachRow(pool, 'ref, state from freshet.checkpoint_profile', (row) => take(row[1] as Buffer)),
    async saveRules(rows) {
      await pool.query(
        `insert into freshet.checkpoint_rule (context, state) select * from unnest($1::text[], $2::bytea[])
         on conflict (context) do update set state = excluded.state`,
        [rows.map(([context]) => context), rows.map(([, state]) => state)],
      );
    },
    async saveUsers(rows) {
      await pool.query(
        `insert into freshet.checkpoint_user (ref, state) select * from unnest($1::bigint[], $2::bytea[])
         on conflict (ref) do update set state = excluded.state, saved_on = excluded.saved_on`,
        [rows.map(([ref]) => toBigint(ref)), rows.map(([, state]) => state)],
      );
    },
    async saveProfiles(rows) {
      await pool.query(SAVE_PROFILES, [rows.map(([ref]) => toBigint(ref)), rows.map(([, state]) => state ?? null)]);
    },
    async saveItems(rows) {
      await pool.query(
        `insert into freshet.checkpoint_item (id, state) select * from unnest($1::text[], $2::bytea[])
         on conflict (id) do update set state = excluded.state`,
        [rows.map(([id]) => id), rows.map(([, state]) => state)],
      );
    },
    async finish(seq) {
      await pool.query('update freshet.checkpoint set seq = greatest(seq, $1)', [seq]);
    },
    tryOwn: () => trySessionRight(pool, WRITER_LOCK, 0),
  };
}

const SAVE_PROFILES = `
  with given as (select * from unnest($1::bigint[], $2::bytea[]) as t (ref, state)),
  gone as (delete from freshet.checkpoint_profile p using given where p.ref = given.ref and given.state is null)
  insert into freshet.checkpoint_profile (ref, state) select ref, state from given where state is not null
  on conflict (ref) do update set state = excluded.state`;

/** Page by page in the order of the references, which come first in `columns`. */
async function eachRow(pool: Pool, columns: string, take: (row: CopyRow) => void): Promise<void> {
  let last = -(2n ** 63n);
  for (;;) {
    const rows = await copyRows(pool, `select ${columns} where ref > '${last}'::bigint order by ref limit ${PAGE}`);
    for (const row of rows) take(row);
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = (end[0] as Buffer).readBigInt64BE(0);
  }
}

function refOf([ref]: CopyRow): UserRef {
  return fromBigint((ref as Buffer).readBigInt64BE(0));
}
