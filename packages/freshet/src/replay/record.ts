/** One record of a table, and how columns and bad records are named. */

export type Cell = string | number | undefined;
/** A column's name, or its place counted from 0. */
export type ColumnRef = string | number;
/** Told of a record that isn't used: its number in the file (the header is 1) and why. */
export type OnBad = (reason: string, record: number) => void;

export interface TableRecord {
  /** Number of the record in the file, from 1, the header included. */
  readonly record: number;
  /** In the order of the selected columns. */
  readonly cells: readonly Cell[];
}
