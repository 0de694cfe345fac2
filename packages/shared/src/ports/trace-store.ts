/** The way of one event through the system, as far as Postgres knows it. */
import type { DeltaTimings } from './delta-log.js';

export interface EventTrace {
  /** The log entry the event was committed with. */
  readonly seq: number;
  /** Milliseconds since 1970, as are all times. */
  readonly receivedAt: number;
  readonly historical: boolean;
  /** The version whose delta learned that entry; undefined while it waits, or once that delta is past its retention. */
  readonly learned?: { readonly version: number; readonly timings: DeltaTimings };
  /** True when the model has learned it (even if the delta is gone). */
  readonly applied: boolean;
}

export interface TraceStore {
  /** `producer` is the key's, see domain/keys; undefined when no such event is known (any more). */
  find(producer: string, id: string): Promise<EventTrace | undefined>;
}
