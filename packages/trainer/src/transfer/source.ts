/**
 * What a lineage can begin with, as rows of this model: an exported directory (of this shop or of another one), or a file of vectors.
 *
 * 1. Rows are of this model's dimension afterwards: embeddings of another one are projected (projection.ts), and lose their bias's
 *    and their weights' fine tuning to the old space no more than cosines lose.
 * 2. Rows keep their accumulators: a row that has learned much goes on moving slowly. A vector from a file counts as if it
 *    had been learned from `experience` events: its accumulator starts at `experience · SQUARE_PER_EVENT`.
 * 3. Of another shop's model nothing is taken that counts its shoppers: an item's row waits, neither drawn as a negative nor served,
 *    until this shop's catalogue or three of its shoppers have named the item.
 */
import { stat } from 'node:fs/promises';
import type { TableRows } from '@freshet/shared/codec/delta';
import { packDense } from '@freshet/shared/domain/dense';
import { configHash, initialDense, type ModelConfig } from '@freshet/shared/domain/model-config';
import { randomNormal } from '@freshet/shared/domain/random';
import { CONSTANT_ROW, ITEM_TAIL, STAT, strideOf } from '@freshet/shared/domain/tables';
import { UsageError } from '@freshet/shared/errors';
import { checkDelta } from '@freshet/shared/model/check';
import { cellsFor } from './cells.js';
import type { ModelRows } from './model-rows.js';
import { projectionOf } from './projection.js';
import { type ReadModel, readDirectory } from './read-directory.js';
import { readVectors, type Vectors } from './read-vectors.js';

export interface SourceOptions {
  /** A directory with a manifest, or a .csv or .npy file of vectors. */
  readonly path: string;
  /** Whose model the directory holds. */
  readonly shop: 'same' | 'other';
  /** Events that a vector from a file counts for. */
  readonly experience: number;
  readonly model: ModelConfig;
  /** Items that the tables have room for. */
  readonly maxItems: number;
}

/** Mean squared gradient of an embedding's component per event that names the item: measured in docs/decisions/013. */
export const SQUARE_PER_EVENT = 1;

export async function readSource(options: SourceOptions): Promise<ModelRows> {
  const { path, model, maxItems } = options;
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError('init_from', `${path} is not there`, { cause });
  });
  if (!found.isDirectory() && !/\.(csv|npy)$/.test(path)) throw new UsageError('init_from', `${path} is neither a directory nor a .csv or .npy file`);
  const rows = found.isDirectory() ? fromDirectory(await readDirectory(path), options) : fromVectors(await readVectors(path), options);
  if (rows.names.length > maxItems + 1) {
    throw new UsageError('init_from', `${path} has ${rows.names.length - 1} item rows and the tables have room for ${maxItems}: start with --max-items ${rows.names.length - 1} or more`);
  }
  try {
    checkDelta({ header: { dim: model.dim }, tables: rows.tables });
  } catch (cause) {
    throw new UsageError('init_from', `${path} holds a value that must never be served: ${(cause as Error).message}`, { cause });
  }
  return rows;
}

function fromDirectory(read: ReadModel, { path, shop, model }: SourceOptions): ModelRows {
  const { manifest } = read;
  if (manifest.config_hash !== configHash({ ...model, dim: manifest.dim, followers: manifest.followers })) {
    throw new UsageError('init_from', `${path} was learned at temperature ${manifest.temperature} or by another release's model: this one learns at ${model.temperature}, and rows of another would be misread`);
  }
  const kept = shop === 'same' ? read.tables : read.tables.filter(({ table }) => table !== 'stat' && table !== 'follow' && table !== 'user');
  const tables = kept.map((rows) => {
    if (rows.table === 'item' || rows.table === 'word') return resized(rows, { from: manifest.dim, model });
    return rows.table === 'follow' ? cellsFor(rows, { from: manifest.followers, to: model.followers }) : rows;
  });
  return { dim: model.dim, configHash: configHash(model), names: read.names, words: read.words, tables: withAllItems(tables, { names: read.names, path }) };
}

/** Every row that is named must be there. */
function withAllItems(tables: readonly TableRows[], { names, path }: { readonly names: ModelRows['names']; readonly path: string }): readonly TableRows[] {
  const rows = new Set(tables.find(({ table }) => table === 'item')?.ids ?? []);
  const missing = names.findIndex((name, row) => name !== undefined && !rows.has(row));
  if (missing >= 0) throw new UsageError('init_from', `${path} names item row ${missing}, of which there is no embedding`);
  const outside = [...rows].find((row) => row >= Math.max(names.length, CONSTANT_ROW + 1));
  if (outside !== undefined) throw new UsageError('init_from', `${path} has an embedding in row ${outside}, which no item is named for`);
  return tables;
}

function resized({ table, ids, values }: TableRows, { from, model }: { readonly from: number; readonly model: ModelConfig }): TableRows {
  if (from === model.dim) return { table, ids, values };
  const project = projectionOf(from, model.dim, model.seed);
  const [theirs, ours] = [strideOf(table, from), strideOf(table, model.dim)];
  const floats = new Float32Array(values.buffer, values.byteOffset, values.length);
  const out = new Float32Array(ids.length * ours);
  for (let i = 0; i < ids.length; i++) {
    out.set(project(floats.subarray(i * theirs, i * theirs + from)), i * ours);
    out.set(floats.subarray(i * theirs + from, (i + 1) * theirs), i * ours + model.dim);
  }
  return { table, ids, values: new Uint32Array(out.buffer) };
}

function fromVectors(vectors: Vectors, { model, experience }: SourceOptions): ModelRows {
  const { dim, seed } = model;
  const stride = strideOf('item', dim);
  const count = vectors.ids.length + 1;
  const project = projectionOf(vectors.dim, dim, seed);
  const floats = new Float32Array(count * stride);
  // As a new model's constant token (parameters/items).
  for (let d = 0; d < dim; d++) floats[d] = randomNormal(seed, CONSTANT_ROW, d) / Math.sqrt(dim);
  for (let row = 1; row < count; row++) {
    floats.set(project(vectors.values.subarray((row - 1) * vectors.dim, row * vectors.dim)), row * stride);
    floats[row * stride + dim + ITEM_TAIL.acc] = experience * SQUARE_PER_EVENT;
  }
  return {
    dim,
    configHash: configHash(model),
    names: [undefined, ...vectors.ids],
    words: [],
    tables: [
      { table: 'item', ids: Uint32Array.from({ length: count }, (_, row) => row), values: new Uint32Array(floats.buffer) },
      { table: 'stat', ids: Uint32Array.from({ length: count }, (_, row) => row), values: new Uint32Array(count * STAT.words) },
      { table: 'dense', ...packDense(initialDense()) },
    ],
  };
}
