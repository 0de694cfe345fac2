/**
 * How far this process has come, and waiting for it: `after_sequence` of a read.
 *
 * 1. `reached(seq)` means histories, catalogue and the model have all come to `seq`.
 * 2. At most WAITERS wait at once; the next one is told at once that it can't.
 */
import type { Clock } from '@freshet/shared/ports/clock';

export interface Positions {
  /** Entry up to which histories and the catalogue are folded. */
  readonly log: number;
  /** Entry up to which the model has learned. */
  readonly learned: number;
}

export interface Progress {
  positions(): Positions;
  moveLog(seq: number): void;
  moveModel(applied: number): void;
  /** True once both are at `seq`; false after `ms`. */
  reach(seq: number, ms: number): Promise<boolean>;
}

const WAITERS = 10_000;

interface Waiter {
  readonly seq: number;
  readonly wake: AbortController;
}

export function createProgress(clock: Clock): Progress {
  const waiters = new Set<Waiter>();
  let log = 0;
  let learned = 0;
  const isReached = (seq: number): boolean => log >= seq && learned >= seq;
  const moved = (): void => {
    for (const waiter of waiters) if (isReached(waiter.seq)) waiter.wake.abort();
  };
  return {
    positions: () => ({ log, learned }),
    moveLog(seq) {
      log = seq;
      moved();
    },
    moveModel(applied) {
      learned = applied;
      moved();
    },
    async reach(seq, ms) {
      if (isReached(seq)) return true;
      if (waiters.size >= WAITERS) return false;
      const waiter: Waiter = { seq, wake: new AbortController() };
      waiters.add(waiter);
      await clock.sleep(ms, waiter.wake.signal);
      waiters.delete(waiter);
      return isReached(seq);
    },
  };
}
