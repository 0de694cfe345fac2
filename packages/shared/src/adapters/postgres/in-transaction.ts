/** Runs `work` in one transaction on a session of its own. */
import type { Pool, PoolClient } from 'pg';

export async function inTransaction<T>(pool: Pool, work: (session: PoolClient) => Promise<T>): Promise<T> {
  const session = await pool.connect();
  try {
    await session.query('begin');
    const result = await work(session);
    await session.query('commit');
    session.release();
    return result;
  } catch (thrown) {
    // A session whose transaction may still be open must not be used again.
    session.release(true);
    throw thrown;
  }
}
