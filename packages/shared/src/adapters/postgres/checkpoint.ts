/** The checkpoint of histories and item documents on Postgres. Rows are replaced one by one; `seq` moves last. */
import type { Pool } from 'pg';
import type { UserRef } from '../../domain/event.js';
import type { OwnedCheckpointStore } from '../../ports/checkpoint.js';
import { copyRows } from './copy-binary.js';
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
    loadRefs: (take) => loadRefs(pool, take),
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

async function loadRefs(pool: Pool, take: (ref: UserRef) => void): Promise<void> {
  let last = -(2n ** 63n);
  for (;;) {
    const rows = await copyRows(pool, `select ref from freshet.checkpoint_user where ref > '${last}'::bigint order by ref limit ${PAGE}`);
    for (const row of rows) {
      last = (row[0] as Buffer).readBigInt64BE(0);
      take(fromBigint(last));
    }
    if (rows.length < PAGE) return;
  }
}
