/** Names of item rows, both ways, and which were given out since last published. */
import type { VocabularyEntry } from '@freshet/shared/codec/delta';

export interface Vocabulary {
  rowOf(name: string): number | undefined;
  nameOf(row: number): string | undefined;
  /** A new pair, to be published with the next delta. */
  add(row: number, name: string): void;
  /** A pair that is published already. */
  load(row: number, name: string): void;
  takeNew(): readonly VocabularyEntry[];
  clear(): void;
}

export function createVocabulary(): Vocabulary {
  const rows = new Map<string, number>();
  const names: string[] = [];
  let fresh: VocabularyEntry[] = [];
  const load = (row: number, name: string): void => {
    rows.set(name, row);
    names[row] = name;
  };
  return {
    rowOf: (name) => rows.get(name),
    nameOf: (row) => names[row],
    load,
    add(row, name) {
      load(row, name);
      fresh.push({ row, name });
    },
    takeNew() {
      const taken = fresh;
      fresh = [];
      return taken;
    },
    clear() {
      rows.clear();
      names.length = 0;
      fresh = [];
    },
  };
}
