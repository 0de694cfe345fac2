/** Whatever the rows are, the scan of the codes finds what the scan of the floats finds. */
import { randomBelow, randomNormal, randomUnit } from '@freshet/shared/domain/random';
import { USERS_NEEDED } from '@freshet/shared/domain/tables';
import type { ScanPath } from '@freshet/serving/retrieval/scan';
import type { TableSet } from '@freshet/serving/store/table-set';
import { NOT_SERVED } from '@freshet/serving/store/layout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModelData, type ModelRow, makeModel } from '../support/model.js';
import { loadTableSet, write } from '../support/table-set.js';

interface Shape {
  readonly seed: number;
  readonly rows: number;
  readonly dim: number;
  /** Themes that rows gather around, and how far they lie from them; 0: each where it wants. */
  readonly themes: number;
  readonly spread: number;
}

function rowsOf({ seed, rows, dim, themes, spread }: Shape): ModelData {
  const at = (row: number, d: number): number => {
    const theme = themes === 0 ? 0 : randomNormal(seed, 1_000_000 + randomBelow(themes, seed, row, 1), d);
    return Math.fround(theme + (themes === 0 ? 1 : spread) * randomNormal(seed, row, d));
  };
  const row = (number: number): ModelRow => ({
    row: number,
    ...(number === 0 ? {} : { name: `item-${number}` }),
    embedding: Array.from({ length: dim }, (_, d) => at(number, d)),
    bias: Math.fround(0.5 * randomNormal(seed, number, 5_000)),
    users: USERS_NEEDED,
  });
  return { rows: Array.from({ length: rows }, (_, number) => row(number)), dense: makeModel(1, 1).dense };
}

interface Asked {
  readonly query: readonly number[];
  readonly k: number;
}

function find(set: TableSet, { query, k }: Asked): { row: number; score: number }[] {
  set.query.set(query);
  const count = set.scan(k, 'served');
  return Array.from({ length: count }, (_, i) => ({ row: set.foundRows[i] ?? -1, score: set.foundScores[i] ?? NaN }));
}

async function both(data: ModelData, options: { dim: number; maxItems?: number }): Promise<{ codes: TableSet; floats: TableSet; paths: ScanPath[] }> {
  const paths: ScanPath[] = [];
  const codes = await loadTableSet(data, { ...options, mode: 'codes', scanned: (path) => paths.push(path) });
  const floats = await loadTableSet(data, { ...options, mode: 'floats' });
  return { codes: codes.set, floats: floats.set, paths };
}

function queryNear(set: TableSet, { seed, sharpness }: { seed: number; sharpness: number }): number[] {
  const { dim } = set.layout;
  const row = randomBelow(set.rows, seed, 1, 0);
  const near = Array.from({ length: dim }, (_, d) => (set.embeddings[row * dim + d] ?? 0) + 0.3 * randomNormal(seed, 2, d));
  const length = Math.hypot(...near) || 1;
  return near.map((x) => (sharpness * x) / length);
}

describe('the scan of the codes', () => {
  it('returns the rows and scores of the scan of the floats, bit for bit', async () => {
    const shape = fc.record({
      seed: fc.nat(1_000_000),
      rows: fc.integer({ min: 1, max: 3_000 }),
      dim: fc.constantFrom(16, 32, 64, 128),
      themes: fc.constantFrom(0, 5, 40),
      spread: fc.constantFrom(0.01, 0.3, 1),
    });
    await fc.assert(
      fc.asyncProperty(shape, fc.integer({ min: 1, max: 200 }), fc.constantFrom(0.5, 1, 4), async (made, k, sharpness) => {
        const { codes, floats } = await both(rowsOf(made), { dim: made.dim });
        for (let seed = 0; seed < 5; seed++) {
          const query = queryNear(floats, { seed: made.seed + seed, sharpness });
          expect(find(codes, { query, k })).toEqual(find(floats, { query, k }));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('proves its answer where rows differ, without asking the floats', async () => {
    const { codes, floats, paths } = await both(rowsOf({ seed: 3, rows: 6_000, dim: 64, themes: 60, spread: 0.35 }), { dim: 64, maxItems: 6_400 });
    for (let seed = 0; seed < 50; seed++) find(codes, { query: queryNear(floats, { seed, sharpness: 1 }), k: 20 });
    expect(paths.filter((path) => path === 'codes').length).toBeGreaterThanOrEqual(48);
  });

  it('says that it can’t tell rows apart that differ by less than a step of the code, and the floats answer', async () => {
    const base = rowsOf({ seed: 4, rows: 1, dim: 32, themes: 0, spread: 1 }).rows[0]?.embedding ?? [];
    const rows = Array.from({ length: 500 }, (_, row): ModelRow => ({
      row, name: `item-${row}`, embedding: base.map((x, d) => Math.fround(x * (1 + 1e-5 * randomUnit(4, row, d)))), bias: 0, users: USERS_NEEDED,
    }));
    const { codes, floats, paths } = await both({ rows, dense: makeModel(1, 1).dense }, { dim: 32 });
    const query = queryNear(floats, { seed: 1, sharpness: 1 });
    expect(find(codes, { query, k: 20 })).toEqual(find(floats, { query, k: 20 }));
    expect(paths).toEqual(['unproven']);
  });

  it('follows rows that are written anew, hidden or raised by a request', async () => {
    const { codes, floats } = await both(rowsOf({ seed: 5, rows: 2_000, dim: 32, themes: 10, spread: 0.3 }), { dim: 32 });
    for (let step = 0; step < 20; step++) {
      const changed = rowsOf({ seed: 50 + step, rows: 2_000, dim: 32, themes: 10, spread: 0.5 });
      const rows = changed.rows.filter(({ row }) => row > 0 && row % 7 === step % 7);
      for (const set of [codes, floats]) {
        write(set, { ...changed, rows });
        set.served[11 + step] = NOT_SERVED;
        set.served[500 + step] = 30;
      }
      const query = queryNear(floats, { seed: step, sharpness: 2 });
      const found = find(codes, { query, k: 30 });
      expect(found).toEqual(find(floats, { query, k: 30 }));
      expect(found.map(({ row }) => row)).toContain(500 + step);
      expect(found.map(({ row }) => row)).not.toContain(11 + step);
    }
  });

  it('finds nothing in an empty table, and no row without a direction', async () => {
    const nothing: ModelRow = { row: 1, name: 'item-1', embedding: new Array<number>(16).fill(0), bias: 9, users: USERS_NEEDED };
    const { codes } = await both({ rows: [], dense: makeModel(1, 1).dense }, { dim: 16 });
    expect(find(codes, { query: new Array<number>(16).fill(0.25), k: 5 })).toEqual([]);
    write(codes, { rows: [nothing], dense: makeModel(1, 1).dense });
    expect(find(codes, { query: new Array<number>(16).fill(0.25), k: 5 })).toEqual([]);
  });
});
