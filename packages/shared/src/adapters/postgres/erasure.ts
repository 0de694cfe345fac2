/**
 * Erasure on Postgres, in one statement and so in one transaction.
 *
 * 1. Each entry of kind `user` speaks of one shopper, so nobody else's is touched, and whoever reads an emptied entry later folds nothing into nothing.
 *    Entries before `seq` are all committed when that one is seen (entry-log, 2), so none comes later.
 * 2. The checkpoint's row becomes a tombstone: an owner that still holds an older profile can't store it, whether it comes before, beside or after this
 *    statement (checkpoint.ts). What was said since `seq` stays.
 * The bytes are gone from tables and indexes once Postgres vacuums them; backups and replicas of the database are its owner's.
 */
import type { Pool } from 'pg';
import { encodePayload } from '../../codec/payload.js';
import type { Erasure } from '../../ports/erasure.js';
import { toLogFailure } from './entry-log-failure.js';
import { toBigint } from './user-ref-bigint.js';

/** The expression is that of the index log_entry_user. */
const ERASE_PROFILE = `
  with stored as (
    insert into freshet.checkpoint_profile as p (ref, seq, state) values ($1, $3, null)
    on conflict (ref) do update set seq = excluded.seq, state = null where p.seq < excluded.seq)
  update freshet.log_entry set payload = $4
  where kind = 'user' and substring(payload from 28 for 16) = $2 and seq < $3`;

export function postgresErasure(pool: Pool): Erasure {
  return {
    async eraseProfile(ref, seq) {
      const empty = encodePayload({ kind: 'user', changes: [{ user: ref, segments: [] }] });
      await pool.query(ERASE_PROFILE, [toBigint(ref), Buffer.from(ref), seq, empty]).catch((thrown: unknown) => Promise.reject(toLogFailure(thrown)));
    },
  };
}
