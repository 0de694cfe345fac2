/**
 * Jobs that wait, during one term as leader, until the model has learned up to some entry.
 *
 * `drop` is final: a queue may still hand out a job while its consumer is being stopped, and nobody would ever end that wait.
 */
export interface Waiters {
  /** Resolves once `applied` ≥ seq; rejects when `drop` is called first, or was called. */
  until(seq: number): Promise<void>;
  advance(applied: number): void;
  /** Rejects all who wait or will: their job goes back to the queue, where the next leader finds it. */
  drop(reason: Error): void;
}

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

export function createWaiters(): Waiters {
  let applied = 0;
  let waiting: Waiter[] = [];
  let over: Error | undefined;
  return {
    until(seq) {
      if (seq <= applied) return Promise.resolve();
      if (over !== undefined) return Promise.reject(over);
      return new Promise((resolve, reject) => waiting.push({ seq, resolve, reject }));
    },
    advance(to) {
      applied = Math.max(applied, to);
      for (const waiter of waiting) if (waiter.seq <= applied) waiter.resolve();
      waiting = waiting.filter((waiter) => waiter.seq > applied);
    },
    drop(reason) {
      over ??= reason;
      const dropped = waiting;
      waiting = [];
      for (const waiter of dropped) waiter.reject(reason);
    },
  };
}
