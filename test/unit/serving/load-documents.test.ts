/** Which items are new after a start doesn't depend on the order in which the store gives them. */
import { encodeDocument } from '@freshet/shared/codec/state';
import { loadDocuments } from '@freshet/serving/parts';
import { createShelf } from '@freshet/serving/store/shelf';
import { expect, it } from 'vitest';

const SEQS: Readonly<Record<string, readonly [seq: number, index: number]>> = { apple: [9, 1], bowl: [2, 0], cup: [9, 0], dish: [30, 0], egg: [1, 4] };

it('items are new in the order of their last changes, the newest first', async () => {
  const shelf = createShelf(() => undefined);
  const loadItems = (take: (bytes: Buffer) => void): Promise<void> => {
    for (const [id, [seq, index]] of Object.entries(SEQS)) take(encodeDocument({ id, fields: { title: id }, filled: [], deleted: false, seq, index }));
    return Promise.resolve();
  };
  await loadDocuments({ loadItems }, shelf);
  expect(shelf.newest(5, () => true)).toEqual(['dish', 'apple', 'cup', 'bowl', 'egg']);
  expect(shelf.lastArrivals(2)).toEqual(['apple', 'dish']);
  shelf.apply({ op: 'put', id: 'fork', fields: { title: 'fork' } }, { seq: 31, index: 0 });
  expect(shelf.newest(2, () => true)).toEqual(['fork', 'dish']);
});
