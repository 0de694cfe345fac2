/** Says when the queue is held up and when it goes on: at most every half minute, since at a limit it may come and go. */
import type { Logger } from '@freshet/shared/logger';
import type { Clock } from '@freshet/shared/ports/clock';

export interface Holdups {
  /** A job waits here, and why. */
  held(reason: string): void;
  /** A job was taken in. */
  over(): void;
  /** The reason of now, if any. */
  reason(): string | undefined;
}

const REPEAT_MS = 30_000;

export function createHoldups(clock: Pick<Clock, 'now'>, log: Logger): Holdups {
  let reason: string | undefined;
  let saidAt = Number.NEGATIVE_INFINITY;
  let said = false;
  return {
    held(why) {
      reason = why;
      if (clock.now() - saidAt < REPEAT_MS) return;
      saidAt = clock.now();
      said = true;
      log.warn('the queue events is held up: no more jobs are taken until it is over', { reason: why });
    },
    over() {
      if (said) log.info('the queue events goes on');
      said = false;
      reason = undefined;
    },
    reason: () => reason,
  };
}
