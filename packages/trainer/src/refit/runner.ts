/** Whoever runs a refit for the leader: in a process of its own, at low priority, so that it costs the live model least. */
import type { RefitOptions } from '@freshet/shared/ports/refit-log';
import type { RefitResult } from './refit.js';

export interface RefitRun {
  /** Rejects when it could not be ended. */
  readonly result: Promise<RefitResult>;
  /** Ends it; `result` rejects. Idempotent. */
  stop(): void;
}

export interface RefitRunner {
  run(options: RefitOptions): RefitRun;
}
