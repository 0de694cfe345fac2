/**
 * Turns for reads that cost much: a few at once, a bounded number behind them, so that they never crowd out answers.
 *
 * 1. At most `atOnce` tasks run; those that wait begin in the order they came.
 * 2. With `queued` waiting already, the next one is refused at once (503, with Retry-After): nothing of it was done.
 * 3. A task that fails gives its turn on like any other.
 */
import { problem } from '@freshet/shared/http/problem';

export interface Turns {
  take<T>(task: () => Promise<T>): Promise<T>;
}

export function createTurns({ atOnce, queued }: { readonly atOnce: number; readonly queued: number }): Turns {
  const queue: (() => void)[] = [];
  let running = 0;
  return {
    async take(task) {
      if (running < atOnce) running++;
      else if (queue.length < queued) await new Promise<void>((resolve) => queue.push(resolve));
      else throw problem(503, 'tail_busy', { detail: `${queued} reads of the log wait already.` });
      try {
        return await task();
      } finally {
        // The turn itself is handed on, so that nobody who comes in between takes it.
        const next = queue.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
