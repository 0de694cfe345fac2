import type { PackedFields } from '@freshet/shared/domain/packed/document-format';
import { createPackedDocuments, MOST_IN_CELL } from '@freshet/shared/domain/packed/packed-documents';
import { CapacityError } from '@freshet/shared/errors';
import { createCells } from '@freshet/shared/domain/packed/cells';
import { describe, expect, it } from 'vitest';

const of = (seq: number, title: string): PackedFields => ({ seq, index: 0, filled: [], fields: { title } });

describe('packed documents', () => {
  it('take no more memory when an item changes 100,000 times, in short and in long', () => {
    const documents = createPackedDocuments();
    const change = (seq: number): void => {
      documents.put(0, of(seq, 'x'.repeat((seq * 7_919) % (2 * MOST_IN_CELL))));
      documents.put(1, of(seq, `mug ${seq}`));
    };
    for (let seq = 0; seq < 20_000; seq++) change(seq);
    const before = documents.bytes - (documents.read(0).fields.title?.length ?? 0);
    for (let seq = 20_000; seq < 100_000; seq++) change(seq);
    expect(documents.bytes - (documents.read(0).fields.title?.length ?? 0)).toBeLessThanOrEqual(before + 65_536);
    expect(documents.read(1)).toEqual(of(99_999, 'mug 99999'));
  });

  it('that are too long for a cell are kept as well, and leave when they become short', () => {
    const documents = createPackedDocuments();
    documents.put(3, of(1, 'é'.repeat(100_000)));
    expect(documents.read(3)).toEqual(of(1, 'é'.repeat(100_000)));
    expect(documents.bytes).toBeGreaterThan(100_000);
    documents.put(3, of(2, 'short'));
    expect(documents.read(3)).toEqual(of(2, 'short'));
    expect(documents.bytes).toBeLessThan(100_000);
  });

  it('stay what they were when there is no room for a new one', () => {
    const cells = createCells();
    let isFull = false;
    const documents = createPackedDocuments({
      ...cells,
      put(record) {
        if (isFull) throw new CapacityError('documents_full', 'no room');
        return cells.put(record);
      },
    });
    documents.put(0, of(1, 'Mug'));
    isFull = true;
    expect(() => documents.put(0, of(2, 'Cup'))).toThrow(CapacityError);
    expect(documents.read(0)).toEqual(of(1, 'Mug'));
  });

  it('that were never put can’t be read', () => {
    expect(() => createPackedDocuments().read(5)).toThrow(RangeError);
  });
});
