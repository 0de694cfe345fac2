/**
 * What a lineage can begin with, as rows of this model: an exported directory (of this shop or of another one), or a file of vectors.
 *
 * 1. Rows are of this model's dimension afterwards: embeddings of another one are projected (projection.ts), and lose their bias's
 *    and their weights' fine tuning to the old space no more than cosines lose.
 * 2. Rows keep their accumulators: a row that has learned much goes on moving slowly. A vector from a file counts as if it
 *    had been learned from `experience` events: its accumulator starts at `experience · SQUARE_PER_EVENT`. That is Adagrad's schedule:
 *    sgd doesn't look at it, and adam takes it for its mean squared gradient.
 * 3. Of another shop's model nothing is taken that counts its shoppers, ratings included: an item's row waits, neither drawn as a
 *    negative nor served, until this shop's catalogue or three of its shoppers have named the item.
 * 4. Rows that have learned elsewhere are marked TRANSFERRED in `stat`, so that words don't take their place (learner/texts). An item
 *    that nobody touched there is nothing but its words, and has no mark. Rows of this shop's own model say all by their counts.
 * 5. What the tables have no room for, items or words, is refused here, before anything is written.
 */
import { stat } from 'node:fs/promises';
import type { TableRows } from '@freshet/shared/codec/delta';
import { packDense } from '@freshet/shared/domain/dense';
import { configHash, initialDense, type ModelConfig } from '@freshet/shared/domain/model-config';
import { randomNormal } from '@freshet/shared/domain/random';
import { CONSTANT_ROW, ITEM_TAIL, STAT, strideOf, type TableName, TRANSFERRED } from '@freshet/shared/domain/tables';
import { UsageError } from '@freshet/shared/errors';
import { checkDelta } from '@freshet/shared/model/check';
import { cellsFor } from './cells.js';
import type { ModelRows } from './model-rows.js';
import { projectionOf } from './projection.js';
import { type ReadModel, readDirectory } from './read-directory.js';
import { readVectors } from './read-vectors.js';
import type { Vectors } from './vector-set.js';

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
  readonly maxWords: number;
}

/** Mean squared gradient of an embedding's component per event that names the item: measured in docs/decisions/013. */
export const SQUARE_PER_EVENT = 1;

/** Tables that are about items and words, not about who comes to a shop. */
const OF_ANY_SHOP: readonly TableName[] = ['item', 'dense', 'word'];

export async function readSource(options: SourceOptions): Promise<ModelRows> {
  const { path, model } = options;
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError('init_from', `${path} is not there`, { cause });
  });
  if (!found.isDirectory() && !/\.(csv|npy)$/.test(path)) throw new UsageError('init_from', `${path} is neither a directory nor a .csv or .npy file`);
  const rows = found.isDirectory() ? fromDirectory(await readDirectory(path), options) : fromVectors(await readVectors(path), options);
  checkRoom(rows, options);
  try {
    checkDelta({ header: { dim: model.dim }, tables: rows.tables });
  } catch (cause) {
    throw new UsageError('init_from', `${path} holds a value that must never be served: ${(cause as Error).message}`, { cause });
  }
  return rows;
}

function checkRoom({ names, words }: ModelRows, { path, maxItems, maxWords }: SourceOptions): void {
  const items = names.length - 1;
  if (items > maxItems) throw new UsageError('init_from', `${path} has ${items} item rows and the tables have room for ${maxItems}: start with --max-items ${items} or more`);
  if (words.length > maxWords) throw new UsageError('init_from', `${path} has ${words.length} word rows and the tables have room for ${maxWords}: start with --max-words ${words.length} or more`);
}

function fromDirectory(read: ReadModel, { path, shop, model }: SourceOptions): ModelRows {
  const { manifest } = read;
  if (manifest.config_hash !== configHash({ ...model, dim: manifest.dim, followers: manifest.followers })) {
    throw new UsageError('init_from', `${path} was learned at temperature ${manifest.temperature} or by another release's model: this one learns at ${model.temperature}, and rows of another would be misread`);
  }
  const kept = shop === 'same' ? read.tables : ofAnotherShop(read.tables);
  const tables = kept.map((rows) => {
    if (rows.table === 'item' || rows.table === 'word') return resized(rows, { from: manifest.dim, model });
    return rows.table === 'follow' ? cellsFor(rows, { from: manifest.followers, to: model.followers }) : rows;
  });
  return { dim: model.dim, configHash: configHash(model), names: read.names, words: read.words, tables: withAllItems(tables, { names: read.names, path }) };
}

/** What holds in any shop; of counts only which items have learned from events. */
function ofAnotherShop(tables: readonly TableRows[]): readonly TableRows[] {
  return tables.flatMap((rows) => {
    if (rows.table !== 'stat') return OF_ANY_SHOP.includes(rows.table) ? [rows] : [];
    const learned = (i: number): boolean => (rows.values[i + STAT.count] ?? 0) > 0 || ((rows.values[i + STAT.users] ?? 0) & TRANSFERRED) !== 0;
    return [marked(rows.ids, (place) => learned(place * STAT.words))];
  });
}

/** Statistics that count nothing: whose row has learned elsewhere. */
function marked(ids: Uint32Array, hasLearned: (place: number) => boolean): TableRows {
  const values = new Uint32Array(ids.length * STAT.words);
  for (let place = 0; place < ids.length; place++) if (hasLearned(place)) values[place * STAT.words + STAT.users] = TRANSFERRED;
  return { table: 'stat', ids, values };
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
  const ids = Uint32Array.from({ length: count }, (_, row) => row);
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
      { table: 'item', ids, values: new Uint32Array(floats.buffer) },
      marked(ids, (row) => row !== CONSTANT_ROW),
      { table: 'dense', ...packDense(initialDense()) },
    ],
  };
}
