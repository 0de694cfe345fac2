/** How far the trainer is behind the log, asked of the database, and how long it takes to come up once nothing more arrives. */
import type { BenchPool } from './pool.js';
import { waitUntil } from './wait-until.js';

const LIMIT_MS = 300_000;
const POLL_MS = 50;

const BEHIND = `
  select c.total - coalesce((
    select e.total from freshet.log_entry e
    where e.seq = (select max(applied) from freshet.trainer_state)), 0) as items
  from freshet.log_counter c`;

/** Events that are in the log and not in the model. */
export async function itemsBehind(pool: BenchPool): Promise<number> {
  const { rows } = await pool.query<{ items: string }>(BEHIND);
  return Number(rows[0]?.items ?? 0);
}

/** Seconds until nothing is behind. */
export async function secondsUntilDrained(pool: BenchPool, signal: AbortSignal): Promise<number> {
  const isDrained = async (): Promise<boolean> => (await itemsBehind(pool)) === 0;
  return (await waitUntil(isDrained, { what: () => 'the trainer has learned all there is', limitMs: LIMIT_MS, pollMs: POLL_MS, signal })) / 1_000;
}
