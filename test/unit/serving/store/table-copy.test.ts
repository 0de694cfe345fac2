/** A copy of a table set: what it holds, and what may happen while it is made. */
import { randomBelow } from '@freshet/shared/domain/random';
import { RATING, strideOf, USER } from '@freshet/shared/domain/tables';
import type { TableSet } from '@freshet/serving/store/table-set';
import { describe, expect, it } from 'vitest';
import { type ModelData, themedModel } from '../support/model.js';
import { type Loaded, loadTableSet, write } from '../support/table-set.js';

const DIM = 32;
const ROWS = 3_000;

function themed(seed: number): ModelData {
  const data = themedModel(seed, { rows: ROWS, themes: 40 });
  return { ...data, rows: data.rows.map((one) => ({ ...one, follow: new Map([[1 + randomBelow(ROWS - 1, seed, one.row, 7), 3]]), counters: [1, 2, 3], lastSeenMs: 1_000 * one.row })) };
}

const atOnce = (): Promise<void> => Promise.resolve();

async function load(): Promise<Loaded> {
  const loaded = await loadTableSet(themed(5), { maxItems: 2 * ROWS, maxWords: 50, dim: DIM, mode: 'lists' });
  const { set } = loaded;
  set.name(3, 'blue', 'word');
  set.write('word', Uint32Array.of(3), new Uint32Array(Float32Array.from({ length: strideOf('word', DIM) }, (_, i) => i).buffer));
  set.write('rating', Uint32Array.of(4), new Uint32Array(RATING.words).fill(7));
  set.write('user', Uint32Array.of(2), new Uint32Array(USER.words).fill(9));
  return loaded;
}

const settle = (set: TableSet): void => {
  while (set.tend(Infinity) !== 'turns');
};

function found(set: TableSet, seed: number): readonly (readonly [string | undefined, number])[] {
  const row = randomBelow(ROWS, seed, 1, 1);
  const near = Array.from({ length: DIM }, (_, d) => Math.fround(Math.sin(row + d)));
  const length = Math.hypot(...near);
  set.query.set(near.map((x) => x / length));
  const count = set.scan(20, 'served');
  return Array.from({ length: count }, (_, i) => [set.nameOf(set.foundRows[i] ?? -1), set.foundScores[i] ?? NaN] as const);
}

/** All that isn't how lists are made up. */
function content(set: TableSet): unknown {
  const { rows, words, ratings, layout: { dim, slots } } = set;
  return {
    rows,
    names: Array.from({ length: rows }, (_, row) => set.nameOf(row)),
    embeddings: set.embeddings.slice(0, rows * dim),
    codes: set.codes.slice(0, rows * dim),
    columns: [set.bias, set.acc, set.biasAcc, set.scale, set.codeScale, set.served, set.any, ...set.trends].map((column) => column.slice(0, rows)),
    stat: set.stat.slice(0, rows * 9),
    followers: [set.followers.slice(0, rows * slots), set.followCounts.slice(0, rows * slots)],
    dense: set.dense,
    words: [words.count, words.rowOf('blue'), words.nameOf(3), words.embeddings.slice(0, words.count * dim), words.acc.slice(0, words.count)],
    ratings: [ratings.read('rating', Uint32Array.of(0, 4)), ratings.read('user', Uint32Array.of(2)), [...ratings.users()]],
    tops: [0, 1, 2].map((window) => [set.top(5, window, 'served'), ...set.foundRows.slice(0, 5)]),
  };
}

describe('a copy of a table set', () => {
  it('holds the same, answers the same, and has the lists that were learned', async () => {
    const { set, pool } = await load();
    settle(set);
    const copy = await pool.copy(set, atOnce);
    expect(content(copy)).toEqual(content(set));
    expect(copy.ends).toEqual(set.ends);
    for (let seed = 0; seed < 20; seed++) expect(found(copy, seed)).toEqual(found(set, seed));
    // Nothing but the turns that never end is left to do.
    expect(copy.tend(performance.now() + 1_000)).toBe('turns');
  });

  it('is a model of its own: what is written to it doesn’t show in the first one', async () => {
    const { set, pool } = await load();
    settle(set);
    const before = content(set);
    const answers = found(set, 1);
    const copy = await pool.copy(set, atOnce);
    write(copy, { ...themed(6), rows: themed(6).rows.map((row) => ({ ...row, embedding: row.embedding.map((x) => -x) })) });
    copy.name(ROWS + 7, 'newcomer');
    copy.name(9, 'red', 'word');
    settle(copy);
    expect(content(set)).toEqual(before);
    expect(found(set, 1)).toEqual(answers);
    expect([set.rowOf('newcomer'), set.nameOf(ROWS + 7), set.words.rowOf('red')]).toEqual([undefined, undefined, undefined]);
    expect([copy.rowOf('newcomer'), copy.nameOf(ROWS + 7), copy.words.rowOf('red')]).toEqual([ROWS + 7, 'newcomer', 9]);
  });

  it('of a set whose lists are being split goes on from there and ends with lists of all rows', async () => {
    const { set, pool } = await load();
    // Far from settled: a list of all rows is being split.
    for (let piece = 0; piece < 3; piece++) set.tend(performance.now() + 0.01);
    const copy = await pool.copy(set, atOnce);
    expect(copy.tend(0)).not.toBe('turns');
    settle(copy);
    const exact = (await loadTableSet(themed(5), { maxItems: 2 * ROWS, dim: DIM, mode: 'floats' })).set;
    let hits = 0;
    for (let seed = 0; seed < 50; seed++) {
      const best = new Set(found(exact, seed).map(([name]) => name));
      for (const [name] of found(copy, seed)) if (best.has(name)) hits++;
    }
    expect(hits).toBeGreaterThanOrEqual(0.98 * 50 * 20);
  });

  it('hears what the catalogue says while it is made, before and behind what is copied already', async () => {
    const { set, pool, shelf } = await load();
    settle(set);
    let change = 0;
    const rest = (): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const id = `item-${1 + randomBelow(ROWS - 1, 3, change++, 1)}`;
        shelf.apply({ op: 'put', id, fields: { available: randomBelow(2, 3, change, 2) === 0 } }, { seq: change, index: 0 });
      }
      return Promise.resolve();
    };
    const copy = await pool.copy(set, rest);
    expect(change).toBeGreaterThan(1_000);
    expect(content(copy)).toEqual(content(set));
    for (let seed = 0; seed < 20; seed++) expect(found(copy, seed)).toEqual(found(set, seed));
  });

  it('goes back to the pool when it can’t be finished, and the first one goes on', async () => {
    const { set, pool } = await load();
    settle(set);
    const before = content(set);
    let pieces = 0;
    const rest = (): Promise<void> => (++pieces === 5 ? Promise.reject(new Error('stopped')) : Promise.resolve());
    await expect(pool.copy(set, rest)).rejects.toThrow('stopped');
    expect(content(set)).toEqual(before);
    const copy = await pool.copy(set, atOnce);
    expect(content(copy)).toEqual(before);
  });
});
