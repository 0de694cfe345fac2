/** What the two ways of making load have in common. Times are `performance.now()` milliseconds. */
import { toError } from '@freshet/shared/errors';
import type { Answer, Target } from './connection.js';
import { createLatencies, type Latencies } from './latencies.js';

export interface Request<T> {
  readonly bytes: Buffer;
  /** Comes back with the answer. */
  readonly tag: T;
}

export interface Answered<T> extends Answer {
  readonly tag: T;
  readonly answeredAt: number;
  /** From when it was (or should have been) sent. */
  readonly ms: number;
  /** False during the warm-up. */
  readonly measured: boolean;
}

export interface LoadOptions<T> {
  readonly target: Target;
  readonly connections: number;
  readonly seconds: number;
  /** Before the measured seconds, under the same load. */
  readonly warmUpSeconds: number;
  readonly next: () => Request<T>;
  /** Every answer below 400, whether measured or not. */
  readonly onAnswer?: (answered: Answered<T>) => void;
  readonly signal: AbortSignal;
}

export interface LoadResult {
  /** Answered well within the measured time. */
  readonly requests: number;
  readonly errors: number;
  /** The first error, for people. */
  readonly firstError: string | undefined;
  readonly seconds: number;
  readonly latencies: Latencies;
}

export interface Tally<T> {
  answer(answer: Answer, request: Request<T>, sentAt: number): void;
  fail(thrown: unknown): void;
  result(seconds: number): LoadResult;
}

/** Counts what begins within [from, until). */
export function createTally<T>(options: LoadOptions<T>, window: { readonly from: number; readonly until: number }): Tally<T> {
  const latencies = createLatencies();
  let errors = 0;
  let firstError: string | undefined;
  const failed = (message: string): void => {
    errors++;
    firstError ??= message;
  };
  return {
    answer(answer, { tag }, sentAt) {
      if (answer.status >= 400) return failed(`${answer.status} ${answer.body.toString('utf8', 0, 300)}`);
      const answeredAt = performance.now();
      const ms = answeredAt - sentAt;
      const measured = sentAt >= window.from && sentAt < window.until;
      if (measured) latencies.record(ms);
      options.onAnswer?.({ ...answer, tag, answeredAt, ms, measured });
    },
    fail: (thrown) => failed(toError(thrown).message),
    result: (seconds) => ({ requests: latencies.count, errors, firstError, seconds, latencies }),
  };
}
