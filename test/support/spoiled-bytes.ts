/** Ways to spoil the bytes of a stored model: each takes sound bytes, rows or a delta and gives broken ones. */
import { type Delta, decodeDelta, encodeDelta, type TableRows } from '@freshet/shared/codec/delta';
import { isInteger, strideOf, type TableName } from '@freshet/shared/domain/tables';
import { DIM } from '../unit/serving/support/model.js';

/** The rows of one table changed, everything else as it was. */
export const inTable = (table: TableName, change: (rows: TableRows) => TableRows) => (delta: Delta): Delta => ({
  ...delta,
  tables: delta.tables.map((rows) => (rows.table === table ? change({ ...rows, ids: rows.ids.slice(), values: rows.values.slice() }) : rows)),
});

/** The last word of the second row. */
export const flipBit = (rows: TableRows): TableRows => {
  const at = 2 * (rows.values.length / rows.ids.length) - 1;
  rows.values[at] = (rows.values[at] ?? 0) ^ 1;
  return rows;
};
export const rowLess = ({ table, ids, values }: TableRows): TableRows => ({ table, ids: ids.slice(0, -1), values: values.slice(0, -values.length / ids.length) });
export const rowMore = ({ table, ids, values }: TableRows): TableRows => ({
  table, ids: Uint32Array.from([...ids, (ids.at(-1) ?? 0) + 1]), values: Uint32Array.from([...values, ...values.slice(0, values.length / ids.length)]),
});
export const rowsExchanged = (rows: TableRows): TableRows => {
  [rows.ids[0], rows.ids[1]] = [rows.ids[1] ?? 0, rows.ids[0] ?? 0];
  return rows;
};
export const floatSet = (value: number) => (rows: TableRows): TableRows => {
  const stride = rows.values.length / rows.ids.length;
  const w = Array.from({ length: stride }, (_, word) => word).findLast((word) => !isInteger(rows.table, word)) ?? 0;
  new Float32Array(rows.values.buffer)[w] = value;
  return rows;
};
export const bytesReversed = (rows: TableRows): TableRows => ({ ...rows, values: rows.values.map((word) => Buffer.from(Uint32Array.of(word).buffer).readUInt32BE(0)) });
export const longer = (rows: TableRows): TableRows => {
  new Float32Array(rows.values.buffer).subarray(0, DIM).forEach((x, d, all) => (all[d] = 1e5 * x));
  return rows;
};

/** Every table's byte, where the file can't tell what it means: the last byte of the table's rows. */
export function byteOf(bytes: Buffer, table: TableName): Buffer {
  const changed = Buffer.from(bytes);
  let at = changed.length;
  for (const { table: one, ids, values } of [...decodeDelta(bytes).tables].reverse()) {
    if (one === table) changed[at - 1] = (changed[at - 1] ?? 0) ^ 0x40;
    at -= 4 * (ids.length + values.length);
  }
  return changed;
}

/** The numbers of the first two tables in the directory, exchanged. */
export function tablesExchanged(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const [first, second] = [changed.readUInt32LE(72), changed.readUInt32LE(84)];
  changed.writeUInt32LE(second, 72);
  changed.writeUInt32LE(first, 84);
  return changed;
}

export const wholeReversed = (bytes: Buffer): Buffer => Buffer.from(bytes).swap32();
/** The directory says so, the rows are what they were. */
export const directorySays = (rows: 1 | -1) => (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(changed.readUInt32LE(80) + rows, 80);
  return changed;
};
export const recoded = (change: (delta: Delta) => Delta) => (bytes: Buffer): Buffer => encodeDelta(change(decodeDelta(bytes)));
export const withHeader = (header: Partial<Delta['header']>) => recoded((delta) => ({ ...delta, header: { ...delta.header, ...header } }));
/** Half as many dimensions, consistently. */
export const otherDimensions = recoded((delta) => ({
  ...delta, header: { ...delta.header, dim: DIM / 2 },
  tables: delta.tables.map(({ table, ids }) => ({ table, ids, values: new Uint32Array(ids.length * strideOf(table, DIM / 2)) })),
}));

export function withHeaderBytes(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(value, at);
  return changed;
}
