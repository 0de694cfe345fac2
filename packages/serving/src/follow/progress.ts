/**
 * How far this process has come, and waiting for it: `after_sequence` of a read.
 *
 * 1. `reach(seq)` means histories, catalogue and the model have all come to `seq`; of `'log'`, or while a version is pinned, the
 *    first two.
 * 2. At most WAITERS wait at once; the next one is told at once that it can't.
 */
import type { Clock } from '@freshet/shared/ports/clock';

export interface Positions {
  /** Entry up to which histories and the catalogue are folded. */
  readonly log: number;
  /** Entry up to which the model has learned. */
  readonly learned: number;
  /** Events folded since this process began; heartbeats have none. */
  readonly events: number;
}

export interface Progress {
  positions(): Positions;
  /** `events`: how many the entries since the last move hold. */
  moveLog(seq: number, events: number): void;
  /** `awaited`: false while the model is pinned: it won't learn anything more. */
  moveModel(applied: number, awaited: boolean): void;
  isReached(seq: number, of?: Reached): boolean;
  /** True once both (or the log alone) are at `seq`; false after `ms`, or when `signal` aborts. */
  reach(seq: number, ms: number, of?: Reached, signal?: AbortSignal): Promise<boolean>;
}

export type Reached = 'both' | 'log';

const WAITERS = 10_000;

interface Waiter {
  readonly seq: number;
  readonly of: Reached;
  readonly wake: AbortController;
}

export function createProgress(clock: Clock): Progress {
  const waiters = new Set<Waiter>();
  let log = 0;
  let learned = 0;
  let folded = 0;
  let isModelAwaited = true;
  const isReached = (seq: number, of: Reached = 'both'): boolean => log >= seq && (of === 'log' || !isModelAwaited || learned >= seq);
  const moved = (): void => {
    for (const waiter of waiters) if (isReached(waiter.seq, waiter.of)) waiter.wake.abort();
  };
  return {
    positions: () => ({ log, learned, events: folded }),
    moveLog(seq, events) {
      log = seq;
      folded += events;
      moved();
    },
    isReached,
    moveModel(applied, awaited) {
      learned = applied;
      isModelAwaited = awaited;
      moved();
    },
    async reach(seq, ms, of = 'both', signal) {
      if (isReached(seq, of)) return true;
      if (waiters.size >= WAITERS) return false;
      const waiter: Waiter = { seq, of, wake: new AbortController() };
      waiters.add(waiter);
      await clock.sleep(ms, signal === undefined ? waiter.wake.signal : AbortSignal.any([waiter.wake.signal, signal]));
      waiters.delete(waiter);
      return isReached(seq, of);
    },
  };
}
