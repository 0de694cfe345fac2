/** Waits until something of what is measured is so; a `bench_target` error says what wasn't within its limit. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FreshetError } from '@freshet/shared/errors';

export interface Waiting {
  /** Asked only where it was in vain. */
  readonly what: () => string;
  readonly limitMs: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** The milliseconds it took. What `isSo` throws ends the waiting. */
export async function waitUntil(isSo: () => Promise<boolean>, { what, limitMs, pollMs, signal }: Waiting): Promise<number> {
  const began = performance.now();
  for (;;) {
    signal.throwIfAborted();
    if (await isSo()) return performance.now() - began;
    if (performance.now() - began > limitMs) throw new FreshetError('bench_target', `waited ${limitMs / 1_000} s in vain: ${what()}`);
    await sleep(pollMs);
  }
}
