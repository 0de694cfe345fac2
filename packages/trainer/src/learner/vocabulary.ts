/**
 * Names of item rows, both ways, and which were given out since last published.
 *
 * 1. `names` holds each name once for the vocabulary, and may hold it for others, too: the shoppers' histories. After `clear` it is
 *    another one, and the one before goes on for whoever uses it.
 */
import type { VocabularyEntry } from '@freshet/shared/codec/delta';
import { createNames, type Names } from '@freshet/shared/domain/packed/names';

export interface Vocabulary {
  readonly names: Names;
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
  let names = createNames();
  /** By a name's number its row, and by a row its name's number; each + 1, 0: none. */
  const rows = createColumn();
  const numbers = createColumn();
  let fresh: VocabularyEntry[] = [];
  const load = (row: number, name: string): void => {
    const known = names.find(name);
    const number = known === undefined || rows.get(known) === 0 ? names.hold(name) : known;
    rows.set(number, row + 1);
    numbers.set(row, number + 1);
  };
  return {
    get names() {
      return names;
    },
    rowOf(name) {
      const number = names.find(name);
      const row = number === undefined ? 0 : rows.get(number);
      return row === 0 ? undefined : row - 1;
    },
    nameOf(row) {
      const number = numbers.get(row);
      return number === 0 ? undefined : names.nameOf(number - 1);
    },
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
      rows.forEach((number) => names.release(number));
      names = createNames();
      rows.clear();
      numbers.clear();
      fresh = [];
    },
  };
}

/** Whole numbers by place, 0 where none was set. */
function createColumn() {
  let cells = new Uint32Array(1_024);
  let end = 0;
  return {
    get: (place: number): number => cells[place] ?? 0,
    set(place: number, value: number): void {
      if (place >= cells.length) {
        const larger = new Uint32Array(2 * Math.max(place, cells.length));
        larger.set(cells);
        cells = larger;
      }
      cells[place] = value;
      end = Math.max(end, place + 1);
    },
    /** Of those that were set. */
    forEach(take: (place: number) => void): void {
      for (let place = 0; place < end; place++) if (cells[place] !== 0) take(place);
    },
    clear(): void {
      cells.fill(0, 0, end);
      end = 0;
    },
  };
}
