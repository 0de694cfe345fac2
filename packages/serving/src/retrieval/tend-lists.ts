/**
 * Works at the lists between answers: a tenth of the time while they have work (a model just loaded: some seconds for a million
 * rows), a hundredth for the turn of the centroids.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TablePool } from '../store/table-pool.js';

const WORK_MS = 1;
const PAUSE_MS = 9;
const IDLE_MS = 99;

/** Begins, and goes on until `signal` aborts; the function that is returned waits for the end. */
export function tendLists(pool: Pick<TablePool, 'tend'>, signal: AbortSignal): () => Promise<void> {
  const done = (async () => {
    while (!signal.aborted) {
      const more = pool.tend(WORK_MS);
      await sleep(more ? PAUSE_MS : IDLE_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return () => done;
}
