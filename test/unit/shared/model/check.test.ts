/** What a row may hold to be served and to be learned from. */
import { DENSE_ROW } from '@freshet/shared/domain/dense';
import { DENSE } from '@freshet/shared/domain/model-config';
import { ITEM_TAIL, strideOf, type TableName } from '@freshet/shared/domain/tables';
import { checkDelta } from '@freshet/shared/model/check';
import { describe, expect, it } from 'vitest';

const DIM = 16;

/** Two rows of zeros, with one word of the second set. */
function check(table: TableName, word: number, value: number): void {
  const stride = strideOf(table, DIM);
  const floats = new Float32Array(2 * stride);
  floats[stride + word] = value;
  checkDelta({ header: { dim: DIM }, tables: [{ table, ids: Uint32Array.of(7, 8), values: new Uint32Array(floats.buffer) }] });
}

const acc = DIM + ITEM_TAIL.acc;
const biasAcc = DIM + ITEM_TAIL.biasAcc;

describe('a delta’s values', () => {
  it.each<[TableName, number]>([['item', 0], ['item', DIM + ITEM_TAIL.bias], ['item', acc], ['item', biasAcc], ['dense', 0], ['dense', DENSE_ROW.weights], ['stat', 6], ['follow', 1]])(
    'are refused when word %2$i of a %1$s row is not finite',
    (table, word) => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(() => check(table, word, value)).toThrow(/row 8 holds/);
      expect(() => check(table, word, 0.5)).not.toThrow();
    },
  );

  it('are refused when an embedding, a bias or a weight has exploded', () => {
    expect(() => check('item', 3, -2e4)).toThrow(/delta|served/);
    expect(() => check('item', DIM + ITEM_TAIL.bias, 2e4)).toThrow(/served/);
    expect(() => check('dense', DENSE.follow, 2e6)).toThrow(/served/);
  });

  it('may have sums of squares that have grown for years, but none below zero', () => {
    for (const [table, word] of [['item', acc], ['item', biasAcc], ['dense', DENSE_ROW.weights + DENSE.follow]] as const) {
      expect(() => check(table, word, 1e12)).not.toThrow();
      expect(() => check(table, word, -1e-6)).toThrow(/served/);
    }
  });
});
