/**
 * BullMQ emits an error at every attempt to reconnect, on every connection: said once, then every half minute while
 * it lasts, and once when it is over.
 */
import type { Logger } from '../../logger.js';

const REPEAT_MS = 30_000;

export interface ErrorReporter {
  report(error: Error): void;
  recovered(): void;
}

export function createErrorReporter(log: Logger, label: string): ErrorReporter {
  let saidAt: number | undefined;
  return {
    report(error) {
      const now = performance.now();
      if (saidAt !== undefined && now - saidAt < REPEAT_MS) return;
      saidAt = now;
      log.warn(`${label}: ${error.message || 'connection lost'}; trying again`, { error });
    },
    recovered() {
      if (saidAt === undefined) return;
      saidAt = undefined;
      log.info(`${label} answers again`);
    },
  };
}
