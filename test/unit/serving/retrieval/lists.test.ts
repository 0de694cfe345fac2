/** The inverted file: a row stands in one list, and a search reads all rows of the lists it reads. */
import { randomBelow, randomNormal } from '@freshet/shared/domain/random';
import { type Centroids, createCentroids } from '@freshet/serving/retrieval/centroids';
import { createGardener, type Gardener } from '@freshet/serving/retrieval/gardener';
import { createLists, type Lists } from '@freshet/serving/retrieval/lists';
import { rowsOfList } from '@freshet/serving/retrieval/splitter';
import { type Columns, createColumns } from '@freshet/serving/store/columns';
import { type Kernel, loadKernel, reserveMemory } from '@freshet/serving/store/kernel';
import { BLOCK, type Layout, layoutOf, NOT_SERVED } from '@freshet/serving/store/layout';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

const DIM = 16;
let bind: (memory: ReturnType<typeof reserveMemory>) => Kernel;
beforeAll(async () => {
  bind = (await loadKernel()).bind;
});

interface Garden {
  readonly layout: Layout;
  readonly columns: Columns;
  readonly lists: Lists;
  readonly centroids: Centroids;
  readonly gardener: Gardener;
  /** Gives the row a direction near one of the themes. */
  write(row: number, seed: number): void;
}

function plant(maxItems: number, themes: number): Garden {
  const layout = layoutOf({ dim: DIM, followers: 16 }, { maxItems });
  const memory = reserveMemory(layout.pages);
  const kernel = bind(memory);
  const columns = createColumns(layout, memory.buffer);
  const lists = createLists(layout, columns);
  const centroids = createCentroids({ layout, columns, kernel, temperature: 0.07 });
  const gardener = createGardener(columns, lists, centroids);
  return {
    layout,
    columns,
    lists,
    centroids,
    gardener,
    write(row, seed) {
      const theme = randomBelow(themes, seed, row, 0);
      const embedding = Array.from({ length: DIM }, (_, d) => randomNormal(7, theme, d) + 0.2 * randomNormal(seed, row, d));
      columns.embeddings.set(embedding, row * DIM);
      columns.scale[row] = 1 / (Math.hypot(...embedding) * 0.07);
      columns.any[row] = 0;
      gardener.changed(row);
    },
  };
}

/** The list's blocks, in the order in which a scan reads them. */
function chainOf({ listFirst, blockNext }: Columns, list: number): number[] {
  const chain: number[] = [];
  for (let block = listFirst[list] ?? -1; block >= 0; block = blockNext[block] ?? -1) chain.push(block);
  return chain;
}

/** Where a block isn't followed by its neighbour. */
function steps(chain: readonly number[]): number[] {
  return chain.filter((block, i) => i > 0 && block !== (chain[i - 1] ?? 0) + 1);
}

/** The top is at least each row's bias, and once it is lowered, the largest. */
function expectTop({ columns, lists }: Garden, list: number, placed: ReadonlyMap<number, number>): void {
  const biases = [...placed].filter(([, home]) => home === list).map(([row]) => columns.any[row] ?? 0);
  const largest = Math.max(NOT_SERVED, ...biases);
  expect(columns.listTop[list]).toBeGreaterThanOrEqual(Math.fround(largest));
  lists.lowerTop(list);
  expect(columns.listTop[list]).toBe(Math.fround(largest));
}

/** Rows of all lists, by reading what a scan reads. */
function rowsRead({ lists, columns }: Garden): number[] {
  const rows: number[] = [];
  for (const list of lists.open) {
    let seen = 0;
    for (const block of chainOf(columns, list)) {
      for (let slot = block * BLOCK; slot < (block + 1) * BLOCK; slot++) {
        if ((columns.slotBias[slot] ?? 0) < -1e38) continue;
        const row = columns.slotRow[slot] ?? -1;
        expect(lists.listOf(row)).toBe(list);
        rows.push(row);
        seen++;
      }
    }
    expect(seen).toBe(lists.sizeOf(list));
  }
  return rows.sort((a, b) => a - b);
}

describe('the lists', () => {
  it('hold every row once, whatever comes, moves and goes', () => {
    const step = fc.record({ row: fc.integer({ min: 1, max: 299 }), list: fc.nat(3), what: fc.constantFrom('put' as const, 'put' as const, 'remove' as const, 'gather' as const) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 800 }), (steps) => {
        const garden = plant(300, 1);
        const lists = Array.from({ length: 4 }, () => garden.lists.add() ?? -1);
        const expected = new Map<number, number>();
        for (const { row, list, what } of steps) {
          garden.columns.any[row] = row / 300;
          if (what === 'gather') {
            garden.lists.gather(lists[list] ?? -1);
          } else if (what === 'remove') {
            garden.lists.remove(row);
            expected.delete(row);
          } else {
            garden.lists.move(row, lists[list] ?? -1);
            expected.set(row, lists[list] ?? -1);
          }
        }
        expect(rowsRead(garden)).toEqual([...expected.keys()].sort((a, b) => a - b));
        for (const [row, list] of expected) expect(garden.lists.listOf(row)).toBe(list);
        expect(garden.lists.placed).toBe(expected.size);
        for (const list of lists) expectTop(garden, list, expected);
      }),
      { numRuns: 40 },
    );
  });

  it('carry a row’s new code and bias to where it stands', () => {
    const garden = plant(200, 1);
    const list = garden.lists.add() ?? -1;
    for (let row = 1; row <= 100; row++) garden.lists.place(row, list);
    garden.columns.codes.fill(9, 50 * DIM, 51 * DIM);
    garden.columns.codeScale[50] = 3;
    garden.columns.any[50] = 0.5;
    garden.lists.recode(50);
    garden.columns.any[51] = 0.75;
    garden.lists.rebias(51);
    const slot = garden.columns.slotRow.indexOf(50);
    expect([garden.columns.slotCodes[slot * DIM], garden.columns.slotScale[slot], garden.columns.slotBias[slot]]).toEqual([9, 3, 0.5]);
    expect(garden.columns.slotBias[garden.columns.slotRow.indexOf(51)]).toBe(0.75);
    expect(garden.columns.listTop[list]).toBe(0.75);
  });

  it('are read from one end to the other once they are gathered', () => {
    const garden = plant(8_000, 1);
    const lists = Array.from({ length: 5 }, () => garden.lists.add() ?? -1);
    for (let row = 1; row <= 2_000; row++) garden.lists.place(row, lists[row % 5] ?? -1);
    const before = rowsRead(garden);
    for (const list of lists) {
      expect(steps(chainOf(garden.columns, list))).not.toEqual([]);
      garden.lists.gather(list);
      expect(steps(chainOf(garden.columns, list))).toEqual([]);
    }
    expect(rowsRead(garden)).toEqual(before);
    for (let row = 1; row <= 2_000; row++) expect(garden.lists.listOf(row)).toBe(lists[row % 5]);
  });
});

describe('the gardener', () => {
  it('splits what has grown, after every piece of work all rows stand in a list, and lists are near their rows', () => {
    const garden = plant(8_000, 12);
    const all = Array.from({ length: 8_000 }, (_, i) => i + 1);
    for (const row of all) garden.write(row, 1);
    expect(garden.gardener.settled).toBe(false);
    for (let piece = 0; piece < 2_000; piece++) {
      garden.gardener.tend();
      if (piece % 97 === 0) expect(rowsRead(garden)).toEqual(all);
    }
    expect(garden.gardener.settled).toBe(true);
    expect(rowsRead(garden)).toEqual(all);
    for (const list of garden.lists.open) expect(garden.lists.sizeOf(list)).toBeLessThanOrEqual(2 * rowsOfList(8_000));
    expect(garden.lists.open.length).toBeGreaterThan(8_000 / (2 * rowsOfList(8_000)));
  });

  it('looks around a list for what is nearest to its rows, and finds what looking at all lists finds where they are few', () => {
    const garden = plant(4_000, 8);
    for (let row = 1; row <= 4_000; row++) garden.write(row, 1);
    while (!garden.gardener.settled) garden.gardener.tend();
    const { centroids, lists } = garden;
    expect(lists.open.length).toBeGreaterThan(20);
    for (const list of lists.open.slice(0, 5)) {
      centroids.lookAround(list);
      for (let row = 1; row <= 4_000; row += 37) expect(centroids.nearestAround(row)).toBe(centroids.nearest(row));
    }
    const nearest = centroids.nearest(9);
    centroids.hide(nearest);
    expect(centroids.nearestAround(9)).toBe(-1);
    // Hidden before looking around, it isn't there at all.
    centroids.lookAround(lists.open.find((list) => list !== nearest) ?? -1);
    expect(centroids.nearestAround(9)).toBe(centroids.nearest(9));
  });

  it('goes on with its turns for ever, and rows stay near their lists', () => {
    const garden = plant(4_000, 8);
    for (let row = 1; row <= 4_000; row++) garden.write(row, 1);
    while (!garden.gardener.settled) garden.gardener.tend();
    const all = Array.from({ length: 4_000 }, (_, i) => i + 1);
    const away = (): number => all.filter((row) => garden.lists.listOf(row) !== garden.centroids.nearest(row)).length;
    const before = away();
    for (let piece = 0; piece < 1_000; piece++) garden.gardener.tend();
    expect(rowsRead(garden)).toEqual(all);
    // Each turn moves a centroid a little, and with it the border to its neighbours.
    expect(away()).toBeLessThan(before);
  });

  it('follows rows that move, forgets rows that lose their direction, and dissolves lists that run empty', () => {
    const garden = plant(4_000, 8);
    for (let row = 1; row <= 4_000; row++) garden.write(row, 1);
    for (let piece = 0; piece < 500; piece++) garden.gardener.tend();
    const many = garden.lists.open.length;
    for (let row = 1; row <= 3_900; row++) {
      garden.columns.scale[row] = 0;
      garden.gardener.changed(row);
    }
    for (let row = 3_901; row <= 4_000; row++) garden.write(row, 99);
    for (let piece = 0; piece < 500; piece++) garden.gardener.tend();
    expect(rowsRead(garden)).toEqual(Array.from({ length: 100 }, (_, i) => 3_901 + i));
    expect(garden.lists.open.length).toBeLessThan(many);
  });
});
