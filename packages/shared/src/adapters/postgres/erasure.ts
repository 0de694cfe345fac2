/**
 * Erasure on Postgres, in one statement and so in one transaction.
 *
 * Each entry of kind `user` speaks of one shopper, so nobody else's is touched, and whoever reads an emptied entry later folds nothing into nothing.
 * The bytes are gone from tables and indexes once Postgres vacuums them; backups and replicas of the database are its owner's.
 */
import type { Pool } from 'pg';
import { encodePayload } from '../../codec/payload.js';
import type { Erasure } from '../../ports/erasure.js';
import { toLogFailure } from './entry-log-failure.js';
import { toBigint } from './user-ref-bigint.js';

/** The expression is that of the index log_entry_user. */
const ERASE_PROFILE = `
  with stored as (delete from freshet.checkpoint_profile where ref = $1)
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
