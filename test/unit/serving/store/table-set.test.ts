import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { CATALOGUED } from '@freshet/shared/domain/tables';
import { CorruptionError } from '@freshet/shared/errors';
import { makeModel, type ModelData, type ModelRow } from '../support/model.js';
import { loadTableSet, write } from '../support/table-set.js';

/** Rows whose score for the query (1, 0, 0 …) is their bias: all embeddings are orthogonal to it. */
function biased(biases: readonly number[], over: Partial<ModelRow> = {}): ModelData {
  const embedding = [0, 1, ...new Array<number>(30).fill(0)];
  const rows = [0, ...biases].map((bias, row): ModelRow => ({ row, embedding, bias, users: 3, ...(row === 0 ? {} : { name: `item-${row}` }), ...over }));
  return { rows, dense: makeModel(1, 1).dense };
}

function best(set: Awaited<ReturnType<typeof loadTableSet>>['set'], k: number, column: 'served' | 'any' = 'served'): string[] {
  set.query.fill(0);
  set.query[0] = 1;
  const count = set.scan(k, column);
  return Array.from(set.foundRows.subarray(0, count), (row) => set.nameOf(row) ?? '?');
}

describe('the exact scan', () => {
  it('returns the k best in order, of equal scores the lower row', async () => {
    const integers = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 1_500 });
    await fc.assert(
      fc.asyncProperty(integers, fc.integer({ min: 1, max: 100 }), async (biases, k) => {
        const { set } = await loadTableSet(biased(biases));
        const expected = biases.map((bias, i) => ({ bias, i })).sort((a, b) => b.bias - a.bias || a.i - b.i).slice(0, k);
        expect(best(set, k)).toEqual(expected.map(({ i }) => `item-${i + 1}`));
      }),
      { numRuns: 30 },
    );
  });

  it('survives rising scores, where every row beats all before it', async () => {
    const { set } = await loadTableSet(biased(Array.from({ length: 3_000 }, (_, i) => i / 100)));
    expect(best(set, 3)).toEqual(['item-3000', 'item-2999', 'item-2998']);
  });

  it.each([16, 64, 128])('computes cosines at dim %i as plain arithmetic does', async (dim) => {
    const data = makeModel(3, 501, dim);
    const { set } = await loadTableSet(data, { dim });
    const query = makeModel(4, 1, dim).rows[1]?.embedding ?? [];
    set.query.set(query);
    const count = set.scan(100, 'served');
    expect(count).toBe(100);
    for (let i = 0; i < count; i++) {
      const row = data.rows[set.foundRows[i] ?? 0];
      const dot = (row?.embedding ?? []).reduce((sum, x, d) => sum + x * (query[d] ?? 0), 0);
      expect(set.foundScores[i]).toBeCloseTo(dot / (Math.hypot(...(row?.embedding ?? [])) * 0.07) + (row?.bias ?? 0), 3);
    }
  });

  it('finds nothing in an empty model', async () => {
    const { set } = await loadTableSet({ rows: [], dense: makeModel(1, 1).dense });
    expect(best(set, 10)).toEqual([]);
  });
});

describe('what may be served', () => {
  const at = { seq: 1, index: 0 };

  it('is what three shoppers have touched or the shop has described', async () => {
    const { set, shelf } = await loadTableSet(biased([3, 2, 1], { users: 2 }));
    expect(best(set, 9)).toEqual([]);
    shelf.apply({ op: 'put', id: 'item-2', fields: { title: 'Mug' } }, at);
    expect(best(set, 9)).toEqual(['item-2']);
    write(set, { ...biased([]), rows: [{ row: 3, embedding: [0, 1, ...new Array<number>(30).fill(0)], bias: 1, users: CATALOGUED }] });
    expect(best(set, 9)).toEqual(['item-2', 'item-3']);
  });

  it('changes at once when the shop changes availability or deletes', async () => {
    const { set, shelf } = await loadTableSet(biased([3, 2, 1]));
    shelf.apply({ op: 'patch', id: 'item-1', fields: { available: false } }, at);
    shelf.apply({ op: 'delete', id: 'item-2' }, at);
    expect(best(set, 9)).toEqual(['item-3']);
    expect(best(set, 9, 'any')).toEqual(['item-1', 'item-3']);
    shelf.apply({ op: 'patch', id: 'item-1', fields: { available: true } }, { seq: 2, index: 0 });
    expect(best(set, 9)).toEqual(['item-1', 'item-3']);
  });

  it('stays hidden when a delta rewrites the row of an unavailable item', async () => {
    const data = biased([3, 2]);
    const { set, shelf } = await loadTableSet(data);
    shelf.apply({ op: 'patch', id: 'item-1', fields: { available: false } }, at);
    write(set, data);
    expect(best(set, 9)).toEqual(['item-2']);
  });
});

describe('limits and shapes', () => {
  it('leaves out and counts rows behind the capacity, keeping the others', async () => {
    const { set } = await loadTableSet(biased([1, 2, 3, 4, 5, 6, 7, 8]), { maxItems: 3 });
    expect(best(set, 9)).toEqual(['item-3', 'item-2', 'item-1']);
    expect(set.dropped).toBeGreaterThan(0);
  });

  it('refuses rows of another stride before writing any', async () => {
    const { set } = await loadTableSet(biased([1]));
    expect(() => set.write('item', new Uint32Array([1]), new Uint32Array(12))).toThrow(CorruptionError);
    expect(best(set, 9)).toEqual(['item-1']);
  });

  it('holds nothing of the old model after it was given back and taken again', async () => {
    const { set, pool } = await loadTableSet(makeModel(1, 300));
    pool.give(set);
    const again = await pool.take();
    expect(again).toBe(set);
    expect([again.rows, again.rowOf('item-1'), again.embeddings.some((x) => x !== 0), again.followers.some((x) => x !== 0)]).toEqual([0, undefined, false, false]);
    write(again, biased([1]));
    expect(best(again, 9)).toEqual(['item-1']);
  });

  it('has six table sets at most: what answers, what follows, canary, shadow, a candidate before its promotion and what is loaded', async () => {
    const { pool } = await loadTableSet(biased([1]));
    for (let more = 0; more < 5; more++) await pool.take();
    await expect(pool.take()).rejects.toThrow('all 6 table sets');
  });
});
