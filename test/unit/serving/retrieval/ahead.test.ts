/** How many rows come before a row, counted on floats and on codes, is its place in the order of the whole scan. */
import { randomBelow, randomNormal } from '@freshet/shared/domain/random';
import { USERS_NEEDED } from '@freshet/shared/domain/tables';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ModelData, type ModelRow, makeModel } from '../support/model.js';
import { loadTableSet } from '../support/table-set.js';

/** `copies`: rows that are another row again, so that scores are equal. */
function rowsOf({ seed, rows, copies }: { seed: number; rows: number; copies: boolean }): ModelData {
  const source = (row: number): number => (copies ? randomBelow(Math.ceil(rows / 3), seed, 5, row) : row);
  const row = (number: number): ModelRow => ({
    row: number,
    ...(number === 0 ? {} : { name: `item-${number}` }),
    embedding: Array.from({ length: 32 }, (_, d) => Math.fround(randomNormal(seed, source(number), d))),
    bias: Math.fround(0.5 * randomNormal(seed, source(number), 5_000)),
    users: number % 7 === 0 ? 1 : USERS_NEEDED,
  });
  return { rows: Array.from({ length: rows }, (_, number) => row(number)), dense: makeModel(1, 1).dense };
}

it.each(['floats', 'codes'] as const)('counted on %s', async (mode) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000_000), fc.integer({ min: 2, max: 800 }), fc.boolean(), fc.constantFrom(0.01, 1, 20), async (seed, rows, copies, sharpness) => {
      const { set } = await loadTableSet(rowsOf({ seed, rows, copies }), { mode });
      set.query.set(Array.from({ length: 32 }, (_, d) => (sharpness * randomNormal(seed, 2_000_000, d)) / Math.sqrt(32)));
      const count = set.scan(900, 'served');
      const order = Array.from({ length: count }, (_, i) => ({ row: set.foundRows[i] ?? -1, score: set.foundScores[i] ?? NaN }));
      expect(count).toBe(Math.max(0, rows - 1 - Math.floor((rows - 1) / 7)));
      order.forEach(({ row, score }, i) => {
        expect(set.scoreOf(row, 'served')).toBe(score);
        expect(set.countAhead({ row, score, column: 'served' })).toBe(i);
      });
    }),
    { numRuns: 20 },
  );
});
