import { FOLLOW } from '@freshet/shared/domain/tables';
import { cellsFor } from '@freshet/trainer/transfer/cells';
import { describe, expect, it } from 'vitest';

/** Cells as [id, follower, count]. */
function table(cells: readonly (readonly [number, number, number])[]) {
  const values = new Uint32Array(cells.length * FOLLOW.words);
  const counts = new Float32Array(values.buffer);
  cells.forEach(([, follower, count], i) => {
    values[i * FOLLOW.words + FOLLOW.follower] = follower;
    counts[i * FOLLOW.words + FOLLOW.count] = count;
  });
  return { table: 'follow' as const, ids: Uint32Array.from(cells, ([id]) => id), values };
}

describe('the cells of a model with another number of followers', () => {
  const item = (row: number, counts: readonly number[]) => counts.map((count, slot) => [row * 32 + slot, 100 + slot, count] as const);
  const counts = Array.from({ length: 20 }, (_, slot) => (slot * 7) % 20);

  it('are those with the largest counts, from the first cell on, equal ones as they stood', () => {
    const cut = cellsFor(table([...item(1, counts), ...item(4, [2, 5, 5])]), { from: 32, to: 16 });
    const kept = counts.map((count, slot) => ({ count, slot })).sort((a, b) => b.count - a.count).slice(0, 16);
    const first = kept.map(({ count, slot }, place) => [16 + place, 100 + slot, count] as const);
    expect(cut).toEqual(table([...first, [64, 101, 5], [65, 102, 5], [66, 100, 2]]));
  });

  it('are all of them where there is more room', () => {
    expect(cellsFor(table(item(3, [9, 4, 1])), { from: 32, to: 128 })).toEqual(table([[384, 100, 9], [385, 101, 4], [386, 102, 1]]));
  });
});
