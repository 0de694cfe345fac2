/**
 * Back-pressure: when to answer 503 instead of taking more in. Three written limits (config.ts): items and bytes
 * that wait in this process for their commit, and committed items that no trainer has applied.
 *
 * 1. Checked before a body is parsed: refusing is cheap, which is the point of it.
 * 2. The backlog is read each second, so a limit may be passed by what arrives within one.
 */
import { toError } from '@freshet/shared/errors';
import { HttpProblem } from '@freshet/shared/http/problem';
import type { ProblemCode } from '@freshet/shared/http/problems/catalogue';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Backlog, LogUpkeep } from '@freshet/shared/ports/log-upkeep';
import type { Waiting } from './writer.js';

export interface PressureLimits {
  readonly waitingItems: number;
  readonly waitingBytes: number;
  readonly unappliedItems: number;
}

/** A limit that is reached. */
export interface Busy {
  readonly code: ProblemCode;
  readonly detail: string;
  /** When to ask again. */
  readonly seconds: number;
}

export interface Pressure {
  /** Undefined while there is room. */
  busy(): Busy | undefined;
  /** Throws a 503 problem with `Retry-After` when a limit is reached. */
  check(): void;
  /** Reads the backlog; never rejects (an unreadable backlog stays as it was). */
  refresh(): Promise<void>;
}

export interface PressureOptions {
  readonly limits: PressureLimits;
  readonly waiting: () => Waiting;
  readonly upkeep: Pick<LogUpkeep, 'backlog'>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** A trainer needs longer to catch up than a commit. */
const WRITER_RETRY_SECONDS = 1;
const TRAINER_RETRY_SECONDS = 5;

export function createPressure({ limits, waiting, upkeep, metrics, log }: PressureOptions): Pressure {
  let backlog: Backlog = { unapplied: 0, oldestReceivedAt: undefined };
  metrics.inboxUnappliedLimit.set(limits.unappliedItems);
  const busy = (): Busy | undefined => {
    const { items, bytes } = waiting();
    if (items >= limits.waitingItems || bytes >= limits.waitingBytes) {
      return { code: 'writer_busy', detail: `${items} items wait for their commit here; the limit is ${limits.waitingItems}.`, seconds: WRITER_RETRY_SECONDS };
    }
    if (backlog.unapplied < limits.unappliedItems) return undefined;
    return { code: 'trainer_behind', detail: `${backlog.unapplied} accepted items wait for the trainer; the limit is ${limits.unappliedItems}.`, seconds: TRAINER_RETRY_SECONDS };
  };
  return {
    busy,
    check() {
      const reached = busy();
      if (reached !== undefined) throw new HttpProblem(503, reached.code, reached.detail, { headers: { 'retry-after': String(reached.seconds) } });
    },
    async refresh() {
      try {
        backlog = await upkeep.backlog();
        metrics.inboxUnapplied.set(backlog.unapplied);
        metrics.inboxOldestUnapplied.set((backlog.oldestReceivedAt ?? 0) / 1_000);
      } catch (thrown) {
        log.debug('the backlog could not be read', { error: toError(thrown) });
      }
    },
  };
}
