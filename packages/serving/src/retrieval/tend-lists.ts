/**
 * Works at the lists between answers: half of the time while searches wait for them (a model just loaded: its lists are split and have
 * their first turns; meanwhile each search reads all codes, which costs more than that), a fifth while changed rows wait to be put where they are nearest,
 * a hundredth for the turns that never end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TablePool } from '../store/table-pool.js';

const WORK_MS = 2;
/** After each of them, by what is left. */
const PAUSE_MS = { unsettled: 2, changed: 8, turns: 198 } as const;

/** Begins, and goes on until `signal` aborts; the function that is returned waits for the end. */
export function tendLists(pool: Pick<TablePool, 'tend'>, signal: AbortSignal): () => Promise<void> {
  const done = (async () => {
    while (!signal.aborted) {
      await sleep(PAUSE_MS[pool.tend(WORK_MS)], undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return () => done;
}
