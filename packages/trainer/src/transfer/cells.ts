/**
 * The cells of `follow` of a model that keeps `from` followers an item, as one that keeps `to` has them: of each item those with the
 * largest counts, equal ones as they stood, from its first cell on without a hole.
 */
import type { TableRows } from '@freshet/shared/codec/delta';
import { FOLLOW } from '@freshet/shared/domain/tables';

export function cellsFor(rows: TableRows, { from, to }: { readonly from: number; readonly to: number }): TableRows {
  if (from === to) return rows;
  const counts = new Float32Array(rows.values.buffer, rows.values.byteOffset, rows.values.length);
  const byItem = new Map<number, number[]>();
  for (const [i, cell] of rows.ids.entries()) {
    const item = Math.floor(cell / from);
    byItem.set(item, [...(byItem.get(item) ?? []), i]);
  }
  const countOf = (i: number): number => counts[i * FOLLOW.words + FOLLOW.count] ?? 0;
  const kept = [...byItem].flatMap(([item, cells]) => cells.sort((a, b) => countOf(b) - countOf(a) || a - b).slice(0, to).map((i, slot) => ({ i, id: item * to + slot })));
  const values = new Uint32Array(kept.length * FOLLOW.words);
  kept.forEach(({ i }, place) => values.set(rows.values.subarray(i * FOLLOW.words, (i + 1) * FOLLOW.words), place * FOLLOW.words));
  return { table: 'follow', ids: Uint32Array.from(kept, ({ id }) => id), values };
}
