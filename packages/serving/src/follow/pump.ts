/**
 * The loop of a follower: works when it is woken, at the latest every `pollMs`, and waits longer after each failure.
 *
 * 1. A wake-up that comes while it works is not lost: it works once more at once.
 * 2. After a failure it waits 1, 2, 4 … × `pollMs`, 5 s at most, whatever is announced meanwhile.
 * 3. It ends when `signal` aborts; the result resolves then, it never rejects.
 */
import { toError } from '@freshet/shared/errors';
import type { Clock } from '@freshet/shared/ports/clock';

export interface PumpOptions {
  readonly clock: Clock;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly work: () => Promise<void>;
  /** Told each failure; the loop goes on. */
  readonly failed: (error: Error, retryInMs: number) => void;
}

export interface Pump {
  wake(): void;
  readonly done: Promise<void>;
}

const MAX_BACKOFF_MS = 5_000;

export function startPump(options: PumpOptions): Pump {
  let woken = false;
  let interrupt: AbortController | undefined;
  const wake = (): void => {
    woken = true;
    interrupt?.abort();
  };
  options.signal.addEventListener('abort', wake, { once: true });

  const pause = async (ms: number): Promise<void> => {
    if (woken || options.signal.aborted) return;
    interrupt = new AbortController();
    await options.clock.sleep(ms, interrupt.signal);
    interrupt = undefined;
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!options.signal.aborted) {
      woken = false;
      try {
        await options.work();
        failures = 0;
      } catch (thrown) {
        const retryInMs = Math.min(MAX_BACKOFF_MS, options.pollMs * 2 ** failures++);
        options.failed(toError(thrown), retryInMs);
        // Wake-ups don't shorten this: what fails would be tried at the pace of the news.
        await options.clock.sleep(retryInMs, options.signal);
        continue;
      }
      await pause(options.pollMs);
    }
  };
  return { wake, done: run() };
}
