/** The process of one refit: takes its task from the trainer that started it, and says what came of it. */
import { constants, setPriority } from 'node:os';
import { postgresCandidates } from '@freshet/shared/adapters/postgres/candidates';
import { postgresCheckpoint } from '@freshet/shared/adapters/postgres/checkpoint';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { toError } from '@freshet/shared/errors';
import { runRefit } from '@freshet/trainer/refit/refit';
import type { RefitNews, RefitTask } from './messages.js';

const CONNECTIONS = 3;
const SAID_EVERY_MS = 1_000;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
// Without its trainer there is nobody to make a candidate for.
process.on('disconnect', () => process.exit(1));

try {
  // The trainer has done it, too; where it may not, a process may still lower its own.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Then it competes like any other.
}

process.once('message', (task: RefitTask) => void work(task));

async function work({ databaseUrl, settings, options }: RefitTask): Promise<void> {
  const pool = createPool({ url: databaseUrl, applicationName: 'freshet refit', maxConnections: CONNECTIONS, onError: () => undefined });
  let saidAt = 0;
  const progress = (what: string, done: number, total: number): void => {
    if (performance.now() - saidAt < SAID_EVERY_MS) return;
    saidAt = performance.now();
    void say({ kind: 'progress', what, done, total });
  };
  const stores = {
    entries: postgresEntryLog(pool),
    deltas: postgresDeltaLog({ pool, clock: systemClock }),
    snapshots: postgresSnapshotStore(pool),
    candidates: postgresCandidates(pool),
    checkpoint: postgresCheckpoint(pool),
  };
  try {
    await say({ kind: 'result', result: await runRefit(settings, options, { stores, signal: stopping.signal, progress }) });
  } catch (thrown) {
    await say({ kind: 'failed', message: toError(thrown).message });
  }
  await pool.end();
  process.exit(0);
}

/** Resolves when it is on its way. */
function say(news: RefitNews): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(news, () => resolve());
  });
}
