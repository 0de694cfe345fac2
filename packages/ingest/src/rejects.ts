/**
 * Hands rejected events to `dead_letter` without ever making a request wait.
 *
 * 1. At most `BUFFERED` wait here and one statement writes at a time; what comes beyond is counted and dropped.
 * 2. A failed write is logged and counted, its letters are lost: they are a help for producers, not data.
 */
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { DeadLetter, DeadLetters } from '@freshet/shared/ports/dead-letters';

const BUFFERED = 1_000;

export interface Rejects {
  add(letter: DeadLetter): void;
  /** Resolves when all that is buffered has been written or has failed. */
  close(): Promise<void>;
}

export interface RejectsOptions {
  readonly deadLetters: DeadLetters;
  readonly metrics: Pick<Metrics, 'ingestLostDeadLetters'>;
  readonly log: Logger;
}

export function createRejects({ deadLetters, metrics, log }: RejectsOptions): Rejects {
  let buffer: DeadLetter[] = [];
  let writing: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (buffer.length > 0) {
      const letters = buffer;
      buffer = [];
      await deadLetters.add(letters).catch((thrown: unknown) => {
        metrics.ingestLostDeadLetters.inc(letters.length);
        log.warn('rejected events could not be kept', { letters: letters.length, error: toError(thrown) });
      });
    }
  };
  return {
    add(letter) {
      if (buffer.length >= BUFFERED) {
        metrics.ingestLostDeadLetters.inc();
        return;
      }
      buffer.push(letter);
      writing ??= drain().finally(() => {
        writing = undefined;
      });
    },
    close: () => writing ?? Promise.resolve(),
  };
}
