/** A place in a file: everything up to this part of this line. Most lines have one part. */
export interface Position {
  readonly line: number;
  readonly part: number;
}

export const BEGINNING: Position = { line: 0, part: 0 };

export function isAfter(row: Position, position: Position): boolean {
  return row.line > position.line || (row.line === position.line && row.part > position.part);
}
