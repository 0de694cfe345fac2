/** What keeps the log healthy besides writing it: how far the trainer is behind, and housekeeping. */
import type { LogEntry } from '../domain/entry.js';

export interface Backlog {
  /** Items committed that no trainer has applied; 0 before the first trainer has ever led. */
  readonly unapplied: number;
  /** When the oldest unapplied entry was received, milliseconds since 1970; undefined when there is none. */
  readonly oldestReceivedAt: number | undefined;
}

/** What the log may be before its oldest part is dropped; whichever comes first. */
export interface LogLimits {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/** After how many days without an event somebody is forgotten. */
export interface PeopleLimits {
  readonly sessionDays: number;
  readonly shopperDays: number;
}

export const FORGET_AT_ONCE = 5_000;

export interface LogUpkeep {
  backlog(): Promise<Backlog>;
  /** Makes room ahead of the writers, in parts that suit a log of `maxBytes`. Cheap when there is nothing to do. */
  extend(maxBytes: number): Promise<void>;
  /** Drops what is beyond the limits and no longer needed by trainer or checkpoint; the names of what was dropped. */
  dropExpired(limits: LogLimits): Promise<readonly string[]>;
  /** Moves on the tables of seen ids if the last time is at least `intervalMs` ago. */
  rotateIds(intervalMs: number): Promise<'rotated' | 'not-due' | 'busy'>;
  /** Forgets people who have not come for so long, at most `FORGET_AT_ONCE`; how many. */
  forgetPeople(limits: PeopleLimits): Promise<number>;
  /** Catalogue entries with `after` < seq, in order, at most `limit`. */
  readCatalogue(after: number, limit: number): Promise<readonly LogEntry[]>;
}
