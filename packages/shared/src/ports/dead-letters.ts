/** What was refused, kept for inspection and redrive: capped in number, size and age. */

export interface DeadLetter {
  /** Who refused it: `ingest`, `trainer`, … */
  readonly queue: string;
  readonly source: string;
  readonly code: string;
  /** JSON pointer into the payload; empty for the whole. */
  readonly pointer: string;
  readonly detail: string;
  /** JSON as sent; stored cut at `DEAD_LETTER_CHARS`. */
  readonly payload: string;
}

export interface StoredDeadLetter extends DeadLetter {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly refusedAt: number;
}

export const DEAD_LETTER_CHARS = 4_096;

export interface DeadLetters {
  add(letters: readonly DeadLetter[]): Promise<void>;
  /** Newest first, those with id < `before`. */
  list(limit: number, before?: number): Promise<readonly StoredDeadLetter[]>;
  /** How many are kept, by queue. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** Deletes what is older than `maxAgeMs` and, beyond `maxCount`, the oldest. The number deleted. */
  trim(maxCount: number, maxAgeMs: number): Promise<number>;
}
