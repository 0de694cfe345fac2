/**
 * The published model as plain numbers, read from the delta log version by version: what any answer of a version must agree with,
 * computed without any of serving's code.
 */
import { decodeDelta, type TableRows } from '@freshet/shared/codec/delta';
import { unpackDense } from '@freshet/shared/domain/dense';
import { MAX_FOLLOWERS, initialDense } from '@freshet/shared/domain/model-config';
import { FOLLOW, ITEM_TAIL, strideOf } from '@freshet/shared/domain/tables';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { ModelData, ModelRow } from '../unit/serving/support/model.js';

const PAGE = 64;

/** Every version from 1 on, each with the whole model as of then. */
export async function* publishedModels(deltas: Pick<DeltaLog, 'read'>, dim: number): AsyncGenerator<{ readonly version: number; readonly data: ModelData }> {
  const names = new Map<number, string>();
  const items = new Map<number, Pick<ModelRow, 'embedding' | 'bias'>>();
  const follow = new Map<number, Map<number, readonly [follower: number, count: number]>>();
  const dense = initialDense();

  const take = (rows: TableRows): void => {
    const stride = strideOf(rows.table, dim);
    if (rows.table === 'dense') unpackDense(dense, rows.ids, rows.values);
    rows.ids.forEach((id, i) => {
      const words = rows.values.slice(i * stride, (i + 1) * stride);
      const floats = new Float32Array(words.buffer);
      if (rows.table === 'item') items.set(id, { embedding: [...floats.subarray(0, dim)], bias: floats[dim + ITEM_TAIL.bias] ?? Number.NaN });
      if (rows.table === 'follow') {
        const item = Math.floor(id / MAX_FOLLOWERS);
        const cells = follow.get(item) ?? new Map<number, readonly [number, number]>();
        follow.set(item, cells.set(id % MAX_FOLLOWERS, [words[FOLLOW.follower] ?? 0, floats[FOLLOW.count] ?? Number.NaN]));
      }
    });
  };
  const whole = (): ModelData => ({
    dense: dense.slice(),
    rows: [...items].sort(([a], [b]) => a - b).map(([row, item]) => {
      const name = names.get(row);
      return { row, ...item, ...(name === undefined ? {} : { name }), follow: new Map([...(follow.get(row)?.values() ?? [])].filter(([follower]) => follower !== 0)) };
    }),
  });

  for (let version = 0; ; ) {
    const page = await deltas.read(version, PAGE);
    if (page.length === 0) return;
    for (const record of page) {
      const delta = decodeDelta(record.bytes);
      for (const entry of delta.vocabulary) if (entry.table === undefined) names.set(entry.row, entry.name);
      for (const rows of delta.tables) take(rows);
      version = record.version;
      yield { version, data: whole() };
    }
  }
}
