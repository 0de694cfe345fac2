/** Tests wait for a condition, never for time: asks again and again until it holds. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
const LIMIT_MS = 30_000;

/** Resolves with the first result that isn't undefined or false; rejects, naming what was waited for, after the limit. */
export async function until<T>(what: string, probe: () => Promise<T | undefined | false> | T | undefined | false, limitMs = LIMIT_MS): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${limitMs / 1_000} s in vain: ${what}`);
    await sleep(POLL_MS);
  }
}
