/** Jobs that wait until the model has learned up to some entry. */
export interface Waiters {
  /** Resolves once `applied` ≥ seq; rejects when `drop` is called first. */
  until(seq: number): Promise<void>;
  advance(applied: number): void;
  /** Rejects all who wait: their job goes back to the queue, where the next leader finds it. */
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
  return {
    until(seq) {
      if (seq <= applied) return Promise.resolve();
      return new Promise((resolve, reject) => waiting.push({ seq, resolve, reject }));
    },
    advance(to) {
      applied = Math.max(applied, to);
      for (const waiter of waiting) if (waiter.seq <= applied) waiter.resolve();
      waiting = waiting.filter((waiter) => waiter.seq > applied);
    },
    drop(reason) {
      const dropped = waiting;
      waiting = [];
      applied = 0;
      for (const waiter of dropped) waiter.reject(reason);
    },
  };
}
