/**
 * A model whose every row holds the number of its version, as deltas and as a snapshot: what an answer's scores must say.
 *
 * Version v: every embedding is (cos v, sin v, 0 …), every bias v. So two rows of one version have a cosine of 1 and `similar` scores
 * 1/τ + v; a row of another version has another bias, another direction, or both.
 */
import { type Delta, encodeDelta, type TableRows } from '@freshet/shared/codec/delta';
import { packDense } from '@freshet/shared/domain/dense';
import { configHash, initialDense, type ModelConfig } from '@freshet/shared/domain/model-config';
import { ITEM_TAIL, STAT, strideOf, USERS_NEEDED } from '@freshet/shared/domain/tables';

export interface NumberedModel {
  /** Every row, as the delta that makes this version. */
  delta(version: number, epoch: number): Buffer;
  /** Every row, as chunks of a snapshot of this version. */
  chunks(version: number, epoch: number): readonly Buffer[];
  /** The version that a score of `similar` comes from; NaN when it is no version's. */
  versionOf(score: number): number;
}

export const itemName = (row: number): string => `item-${row}`;

const CHUNK = 2_048;
/** Scores are shown with five decimals, and floats of a thousand have four. */
const TOLERANCE = 1e-2;

export function createNumberedModel(model: ModelConfig, items: number): NumberedModel {
  const { dim, temperature } = model;
  const ids = Uint32Array.from({ length: items + 1 }, (_, row) => row);
  const vocabulary = Array.from({ length: items }, (_, i) => ({ row: i + 1, name: itemName(i + 1) }));
  const stat = new Uint32Array(ids.length * STAT.words);
  for (const row of ids) stat[row * STAT.words + STAT.users] = USERS_NEEDED;
  const dense: TableRows = { table: 'dense', ...packDense(initialDense()) };
  const header = (version: number, epoch: number): Delta['header'] => ({
    flags: 0, version, fromSeq: version, toSeq: version, learnedMs: 0, epoch, dim, configHash: configHash(model), trainingHash: 0,
  });

  const itemRows = (version: number): Uint32Array => {
    const stride = strideOf('item', dim);
    const floats = new Float32Array(ids.length * stride);
    for (let at = 0; at < floats.length; at += stride) {
      floats[at] = Math.cos(version);
      floats[at + 1] = Math.sin(version);
      floats[at + dim + ITEM_TAIL.bias] = version;
    }
    return new Uint32Array(floats.buffer);
  };

  return {
    delta: (version, epoch) =>
      encodeDelta({
        header: header(version, epoch),
        vocabulary: version === 1 ? vocabulary : [],
        tables: [{ table: 'item', ids, values: itemRows(version) }, { table: 'stat', ids, values: stat }, dense],
      }),
    chunks(version, epoch) {
      const values = itemRows(version);
      const stride = strideOf('item', dim);
      const chunks = [encodeDelta({ header: header(version, epoch), vocabulary: [], tables: [dense] })];
      for (let from = 0; from < ids.length; from += CHUNK) {
        const to = Math.min(ids.length, from + CHUNK);
        const tables: TableRows[] = [
          { table: 'item', ids: ids.slice(from, to), values: values.slice(from * stride, to * stride) },
          { table: 'stat', ids: ids.slice(from, to), values: stat.slice(from * STAT.words, to * STAT.words) },
        ];
        chunks.push(encodeDelta({ header: header(version, epoch), vocabulary: vocabulary.slice(Math.max(0, from - 1), to - 1), tables }));
      }
      return chunks;
    },
    versionOf(score) {
      const version = score - 1 / temperature;
      return Math.abs(version - Math.round(version)) < TOLERANCE ? Math.round(version) : Number.NaN;
    },
  };
}
