/**
 * Waits until Postgres takes connections: services may start before it does.
 * Only what waiting can cure is waited for; a wrong password fails at once.
 */
import { UnavailableError, UsageError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import { connectClient, describeTarget } from './pool.js';

export interface WaitOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly clock: Clock;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Told once, when the first attempt has failed. */
  readonly onWait?: (reason: Error) => void;
}

const DEFAULT_DEADLINE_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export const OLDEST_MAJOR = 14;

/** Resolves with the server's major version, which is at least 14. */
export async function waitForPostgres(options: WaitOptions): Promise<number> {
  const { clock, signal } = options;
  const end = clock.now() + (options.deadlineMs ?? DEFAULT_DEADLINE_MS);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await askVersion(options);
    } catch (error) {
      const hopeless = !(error instanceof UnavailableError) || signal?.aborted === true || clock.now() + pauseMs > end;
      if (hopeless) throw error;
      if (pauseMs === FIRST_PAUSE_MS) options.onWait?.(error);
    }
    await clock.sleep(pauseMs, signal);
  }
}

async function askVersion({ url, applicationName }: WaitOptions): Promise<number> {
  const client = await connectClient({ url, applicationName, onError: () => undefined });
  try {
    const found = await client.query<{ number: string; name: string }>(
      `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
    );
    const row = found.rows[0];
    const major = Math.floor(Number(row?.number) / 10_000);
    if (major >= OLDEST_MAJOR) return major;
    throw new UsageError('database_too_old', `${describeTarget(url)} is version ${row?.name ?? 'unknown'}; Freshet needs ${OLDEST_MAJOR} or newer`);
  } finally {
    await client.end();
  }
}
