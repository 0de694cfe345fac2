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

export interface LetterFilter {
  readonly queue?: string | undefined;
  readonly code?: string | undefined;
}

/** Newest first, below `before`; with `after` the oldest first, above it. */
export interface LetterQuery extends LetterFilter {
  readonly limit: number;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

export interface DeadLetters {
  add(letters: readonly DeadLetter[]): Promise<void>;
  list(query: LetterQuery): Promise<readonly StoredDeadLetter[]>;
  /** Those of these ids that are there, the oldest first. */
  find(ids: readonly number[]): Promise<readonly StoredDeadLetter[]>;
  /** The number removed: those that were still there. */
  remove(ids: readonly number[]): Promise<number>;
  /** How many are kept, by queue. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** Deletes what is older than `maxAgeMs` and, beyond `maxCount`, the oldest. The number deleted. */
  trim(maxCount: number, maxAgeMs: number): Promise<number>;
}
