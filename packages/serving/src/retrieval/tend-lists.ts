/**
 * Works at the lists between answers: a fifth of the time while they have work (a model just loaded: its lists are split and have
 * their first turns), a hundredth for the turns that never end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TablePool } from '../store/table-pool.js';

const WORK_MS = 2;
const PAUSE_MS = 8;
const IDLE_MS = 198;

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
