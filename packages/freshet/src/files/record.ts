/**
 * What a file is made of, for all its readers: records, and those that can't be read.
 *
 * A record is named by the line on which it begins (the first line is 1), so that an editor finds it.
 */
import type { ProblemCode } from './problem.js';

export type Cell = string | number | undefined;
/** A column's name, or its place counted from 0. */
export type ColumnRef = string | number;

/** Where a record begins, and the record as it stands in the file. */
export interface Origin {
  readonly line: number;
  readonly text: string;
}

export interface BadRecord extends Origin {
  readonly problem: ProblemCode;
}

export interface TableRecord extends Origin {
  readonly problem?: undefined;
  /** In the order of the selected columns. */
  readonly cells: readonly Cell[];
}

export interface ObjectRecord extends Origin {
  readonly problem?: undefined;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Records come many at a time, as many as a piece of the file holds: one by one, waiting would cost more than reading. */
export type Batches<R> = AsyncIterable<readonly (R | BadRecord)[]>;
