/** Names of a table's rows, both ways. The same (row, name) may come again. */
export interface Names {
  rowOf(name: string): number | undefined;
  nameOf(row: number): string | undefined;
  set(row: number, name: string): void;
  clear(): void;
}

export function createNames(): Names {
  const names: (string | undefined)[] = [];
  const byName = new Map<string, number>();
  return {
    rowOf: (name) => byName.get(name),
    nameOf: (row) => names[row],
    set(row, name) {
      names[row] = name;
      byName.set(name, row);
    },
    clear() {
      names.length = 0;
      byName.clear();
    },
  };
}
