/**
 * Rotating the two tables of seen ids: previous is emptied and becomes current, current becomes previous.
 *
 * 1. No batch straddles a rotation. It takes both tables' exclusive locks; an append holds its locks on them until
 *    its commit and takes the snapshot it probes with after it got them. So each append sees the tables wholly before
 *    or wholly after. (An advisory lock inside the append's one statement would be too late: a statement's snapshot
 *    and table locks come first, so it could wait there with yesterday's view, and deadlock; taken in a statement of
 *    its own it would cost every append two round trips more.)
 * 2. An id is recognised for at least one rotation's interval and at most two.
 * 3. Writers wait for milliseconds: when the locks aren't there within `LOCK_TIMEOUT_MS` (a dump is reading the
 *    tables) the rotation gives up and is tried again at the next occasion.
 */
import type { Pool, PoolClient } from 'pg';
import { toError } from '../../errors.js';
import { sqlState } from './database-error.js';

const LOCK_TIMEOUT_MS = 1_000;

export type RotationResult = 'rotated' | 'not-due' | 'busy';

/** Rotates when the last rotation is at least `intervalMs` ago by the database's clock; of several callers one does it. */
export async function rotateIds(pool: Pool, intervalMs: number): Promise<RotationResult> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const result = (await claim(client, intervalMs)) ? await swapTables(client) : 'not-due';
    await client.query('commit');
    client.release();
    return result;
  } catch (thrown) {
    const failed = await client.query('rollback').then(() => undefined, toError);
    client.release(failed);
    if (sqlState(thrown) === '55P03') return 'busy';
    throw thrown;
  }
}

/** The row's lock orders concurrent callers; the second one finds it done. */
async function claim(client: PoolClient, intervalMs: number): Promise<boolean> {
  const claimed = await client.query(
    'update freshet.id_rotation set rotated_at = now() where rotated_at <= now() - make_interval(secs => $1)',
    [intervalMs / 1_000],
  );
  return claimed.rowCount === 1;
}

async function swapTables(client: PoolClient): Promise<RotationResult> {
  // Current first: the order in which the append and the comparison of bodies name them, so there is no deadlock.
  await client.query('lock table freshet.event_id_current, freshet.event_id_previous in access exclusive mode');
  await client.query('truncate freshet.event_id_previous');
  await client.query('alter table freshet.event_id_previous rename to event_id_spare');
  await client.query('alter table freshet.event_id_current rename to event_id_previous');
  await client.query('alter table freshet.event_id_spare rename to event_id_current');
  return 'rotated';
}
