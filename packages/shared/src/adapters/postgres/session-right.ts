/** A right that one process at a time holds: a session advisory lock, gone with the session. */
import type { Pool, PoolClient } from 'pg';

export interface SessionRight {
  /** The session that holds the right. */
  readonly session: PoolClient;
  /** Aborts when the session is lost, and the right with it. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** The right named by two 32-bit keys, or undefined while another session has it. */
export async function trySessionRight(pool: Pool, lock: number, key: number): Promise<SessionRight | undefined> {
  const session = await pool.connect();
  try {
    const tried = await session.query<{ got: boolean }>('select pg_try_advisory_lock($1, $2) as got', [lock, key]);
    if (tried.rows[0]?.got !== true) {
      session.release();
      return undefined;
    }
  } catch (thrown) {
    session.release(true);
    throw thrown;
  }
  return hold(session, lock, key);
}

function hold(session: PoolClient, lock: number, key: number): SessionRight {
  const gone = new AbortController();
  const fail = (): void => gone.abort();
  session.on('error', fail);
  session.on('end', fail);
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    session.off('end', fail);
    await session.query('select pg_advisory_unlock($1, $2)', [lock, key]).catch(fail);
    session.off('error', fail);
    session.release(gone.signal.aborted);
  };
  return {
    session,
    lost: gone.signal,
    release: () => (released ??= release()),
  };
}
