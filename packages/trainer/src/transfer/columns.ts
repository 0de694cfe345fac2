/**
 * How each table's rows are spread over NPY files: a file holds one range of a row's words, all of them floats or all unsigned
 * integers. Together the files of a table hold every word of its rows, so that export and import lose nothing.
 */
import { DENSE_ROW } from '@freshet/shared/domain/dense';
import { FOLLOW, ITEM_TAIL, RATING, STAT, strideOf, type TableName, USER, WORD_TAIL } from '@freshet/shared/domain/tables';

export interface Column {
  /** NAME.npy */
  readonly name: string;
  readonly type: 'f4' | 'u4';
  /** Words [from, from + words) of a row. */
  readonly from: number;
  readonly words: number;
}

/** `<table>_rows.npy` has the row ids, unless rows are 0 … n − 1. */
export function idsFile(table: TableName): string {
  return `${table}_rows`;
}

export function columnsOf(table: TableName, dim: number): readonly Column[] {
  switch (table) {
    case 'item':
      return [
        { name: 'item', type: 'f4', from: 0, words: dim },
        { name: 'bias', type: 'f4', from: dim + ITEM_TAIL.bias, words: 1 },
        { name: 'item_steps', type: 'f4', from: dim + ITEM_TAIL.acc, words: ITEM_TAIL.words - ITEM_TAIL.acc },
      ];
    case 'stat':
      return [
        { name: 'stat', type: 'u4', from: 0, words: STAT.hour },
        { name: 'stat_decayed', type: 'f4', from: STAT.hour, words: STAT.words - STAT.hour },
      ];
    case 'follow':
      return [
        { name: 'follow', type: 'u4', from: FOLLOW.follower, words: 1 },
        { name: 'follow_count', type: 'f4', from: FOLLOW.count, words: 1 },
      ];
    case 'dense':
      return [{ name: 'dense', type: 'f4', from: 0, words: DENSE_ROW.words }];
    case 'user':
      return [
        { name: 'user', type: 'u4', from: 0, words: USER.bias },
        { name: 'user_taste', type: 'f4', from: USER.bias, words: USER.words - USER.bias },
      ];
    case 'rating':
      return [
        { name: 'rating', type: 'u4', from: RATING.count, words: 1 },
        { name: 'rating_taste', type: 'f4', from: RATING.bias, words: RATING.words - RATING.bias },
      ];
    case 'word':
      return [
        { name: 'word', type: 'f4', from: 0, words: dim },
        { name: 'word_steps', type: 'f4', from: dim + WORD_TAIL.acc, words: WORD_TAIL.words },
      ];
  }
}

/** One file's content out of rows of `stride` words. */
export function pick(values: Uint32Array, table: TableName, { column, dim }: { readonly column: Column; readonly dim: number }): Float32Array | Uint32Array {
  const stride = strideOf(table, dim);
  const rows = values.length / stride;
  const out = new Uint32Array(rows * column.words);
  for (let row = 0; row < rows; row++) out.set(values.subarray(row * stride + column.from, row * stride + column.from + column.words), row * column.words);
  return column.type === 'f4' ? new Float32Array(out.buffer) : out;
}

/** The reverse: a file's content into rows. */
export function put(values: Uint32Array, content: Uint32Array, { column, stride }: { readonly column: Column; readonly stride: number }): void {
  for (let row = 0, at = 0; at < content.length; row++, at += column.words) values.set(content.subarray(at, at + column.words), row * stride + column.from);
}
