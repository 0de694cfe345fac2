/**
 * Names of a table's rows, both ways. The same (row, name) may come again.
 *
 * A model and its copies share one: within a lineage a row keeps its name, so each sees its own first `rows` rows of it, and what one of them
 * is given the others may be given later.
 */
export interface Names {
  /** Undefined also for a row that is not among the first `rows`. */
  rowOf(name: string, rows: number): number | undefined;
  nameOf(row: number, rows: number): string | undefined;
  set(row: number, name: string): void;
}

export function createNames(): Names {
  const names: (string | undefined)[] = [];
  const byName = new Map<string, number>();
  return {
    rowOf(name, rows) {
      const row = byName.get(name);
      return row !== undefined && row < rows ? row : undefined;
    },
    nameOf: (row, rows) => (row < rows ? names[row] : undefined),
    set(row, name) {
      names[row] = name;
      byName.set(name, row);
    },
  };
}
