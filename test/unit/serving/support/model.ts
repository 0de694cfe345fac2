/** A small model made from a seed: what a trainer would publish, and the same numbers for the reference. */
import { type Delta, encodeDelta, chainChecksum, type TableRows } from '@freshet/shared/codec/delta';
import { packDense } from '@freshet/shared/domain/dense';
import { configHash, DEFAULT_MODEL, DENSE, initialDense, type ModelConfig } from '@freshet/shared/domain/model-config';
import { randomBelow, randomNormal, randomUnit } from '@freshet/shared/domain/random';
import { FOLLOW, followScale, ITEM_TAIL, STAT, strideOf, USERS_NEEDED } from '@freshet/shared/domain/tables';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';

export const DIM = 32;
export const MODEL: ModelConfig = { ...DEFAULT_MODEL, dim: DIM, followers: 48 };
export const CONFIG_HASH = configHash(MODEL);
export const NOW = Date.UTC(2026, 10, 22, 12);

export interface ModelRow {
  readonly row: number;
  readonly name?: string;
  readonly embedding: readonly number[];
  readonly bias: number;
  readonly users?: number;
  /** Decayed counters at `lastSeenMs`. */
  readonly counters?: readonly [number, number, number];
  readonly lastSeenMs?: number;
  /** follower row → stored count, at most MODEL.followers. */
  readonly follow?: ReadonlyMap<number, number>;
}

export interface ModelData {
  readonly rows: readonly ModelRow[];
  readonly dense: Float32Array;
  /** Tables beside these. */
  readonly extra?: readonly TableRows[];
  /** Names of the words of the table `word`, if `extra` has it. */
  readonly words?: readonly { readonly row: number; readonly name: string }[];
}

/** Row 0 is the constant token; rows 1 … items are `item-<row>`. */
export function makeModel(seed: number, items: number, dim = DIM): ModelData {
  const rows: ModelRow[] = [];
  for (let row = 0; row <= items; row++) {
    const embedding = Array.from({ length: dim }, (_, d) => Math.fround(randomNormal(seed, row, d)));
    const follow = new Map<number, number>();
    for (let f = 0; f < 5 && row > 0; f++) follow.set(1 + randomBelow(items, seed, row, 1_000 + f), Math.fround(20 * randomUnit(seed, row, 2_000 + f)));
    rows.push({
      row,
      ...(row === 0 ? {} : { name: `item-${row}` }),
      embedding,
      bias: Math.fround(randomNormal(seed, row, 5_000)),
      users: USERS_NEEDED,
      counters: [randomUnit(seed, row, 1), randomUnit(seed, row, 2) * 5, randomUnit(seed, row, 3) * 9].map(Math.fround) as unknown as [number, number, number],
      lastSeenMs: NOW - randomBelow(86_400_000, seed, row, 9),
      follow,
    });
  }
  const dense = initialDense();
  for (let w = 0; w < DENSE.weights; w++) dense[w] = (dense[w] ?? 0) + 0.3 * randomNormal(seed, 77, w);
  return { rows, dense };
}

/** The same with a word that means what an item is. */
export function withWord(data: ModelData, word: string, like: string): ModelData {
  const floats = new Float32Array(strideOf('word', DIM));
  floats.set(data.rows.find(({ name }) => name === like)?.embedding ?? []);
  return { ...data, extra: [...(data.extra ?? []), { table: 'word', ids: Uint32Array.of(0), values: new Uint32Array(floats.buffer) }], words: [{ row: 0, name: word }] };
}

/** Items around so many themes, as a learned model's lie; without followers and counters. */
export function themedModel(seed: number, { rows: count, themes, dim = DIM }: { readonly rows: number; readonly themes: number; readonly dim?: number }): ModelData {
  const rows = Array.from({ length: count }, (_, row): ModelRow => {
    const theme = randomBelow(themes, seed, row, 1);
    return {
      row,
      ...(row === 0 ? {} : { name: `item-${row}` }),
      embedding: Array.from({ length: dim }, (_, d) => Math.fround(randomNormal(seed, 1_000_000 + theme, d) + 0.5 * randomNormal(seed, row, d))),
      bias: Math.fround(0.3 * randomNormal(seed, row, 900)),
      users: USERS_NEEDED,
    };
  });
  return { rows, dense: makeModel(seed, 1).dense };
}

/** The same with followers that count: stored counts are inflated (followScale), and as `makeModel` has them they are worth nothing by NOW. */
export function withFollowers(data: ModelData): ModelData {
  const worth = (counts: ReadonlyMap<number, number> = new Map()): Map<number, number> => new Map([...counts].map(([row, count]) => [row, Math.fround(count / followScale(NOW))]));
  return { ...data, rows: data.rows.map((row) => ({ ...row, follow: worth(row.follow) })) };
}

export function tablesOf(data: ModelData): TableRows[] {
  return [itemTable(data.rows), statTable(data.rows), followTable(data.rows), { table: 'dense', ...packDense(data.dense) }, ...(data.extra ?? [])];
}

function itemTable(rows: readonly ModelRow[]): TableRows {
  const dim = rows[0]?.embedding.length ?? DIM;
  const stride = dim + ITEM_TAIL.words;
  const floats = new Float32Array(rows.length * stride);
  rows.forEach((row, i) => {
    floats.set(row.embedding, i * stride);
    floats[i * stride + dim + ITEM_TAIL.bias] = row.bias;
    floats[i * stride + dim + ITEM_TAIL.acc] = 0.5;
  });
  return { table: 'item', ids: Uint32Array.from(rows, (row) => row.row), values: new Uint32Array(floats.buffer) };
}

function statTable(rows: readonly ModelRow[]): TableRows {
  const values = new Uint32Array(rows.length * STAT.words);
  const floats = new Float32Array(values.buffer);
  rows.forEach((row, i) => {
    values[i * STAT.words + STAT.users] = row.users ?? 0;
    values[i * STAT.words + STAT.lastSeen] = Math.floor((row.lastSeenMs ?? 0) / 1000);
    row.counters?.forEach((counter, w) => (floats[i * STAT.words + STAT.hour + w] = counter));
  });
  return { table: 'stat', ids: Uint32Array.from(rows, (row) => row.row), values };
}

function followTable(rows: readonly ModelRow[]): TableRows {
  const cells = rows.flatMap((row) => [...(row.follow ?? [])].map(([follower, count], slot) => ({ id: row.row * MODEL.followers + slot, follower, count })));
  const values = new Uint32Array(cells.length * FOLLOW.words);
  const floats = new Float32Array(values.buffer);
  cells.forEach((cell, i) => {
    values[i * FOLLOW.words] = cell.follower;
    floats[i * FOLLOW.words + FOLLOW.count] = cell.count;
  });
  return { table: 'follow', ids: Uint32Array.from(cells, (cell) => cell.id), values };
}

export interface FakeTrainer {
  /** Publishes the rows as the next version, having learned one more entry. */
  publish(data: ModelData, options?: PublishOptions): Promise<number>;
}

export interface PublishOptions {
  readonly entries?: number;
  readonly receivedAt?: number;
}

/** Leads the log once and commits deltas as the trainer does. */
export async function fakeTrainer(deltas: DeltaLog): Promise<FakeTrainer> {
  const { epoch } = await deltas.lead(new AbortController().signal);
  return {
    async publish(data, options = {}) {
      const state = await deltas.state();
      const version = state.version + 1;
      const fromSeq = state.applied + 1;
      const toSeq = state.applied + (options.entries ?? 1);
      const receivedAt = options.receivedAt ?? 0;
      const header: Delta['header'] = { flags: 0, version, fromSeq, toSeq, learnedMs: NOW, epoch, dim: data.rows[0]?.embedding.length ?? DIM, configHash: CONFIG_HASH, trainingHash: 0 };
      const items = data.rows.flatMap(({ row, name }) => (name === undefined ? [] : [{ row, name }]));
      const vocabulary = [...items, ...(data.words ?? []).map((word) => ({ ...word, table: 'word' as const }))];
      const bytes = encodeDelta({ header, vocabulary, tables: tablesOf(data) });
      const timings = { receivedAt, takenAt: receivedAt + 1, trainedAt: receivedAt + 2, committedAt: receivedAt + 3 };
      await deltas.commit({ version, epoch, fromSeq, toSeq, bytes, checksum: chainChecksum(state.checksum, bytes), timings });
      return version;
    },
  };
}
