/** `bench diversity` in its shortest form, on a file of a shop that grows: it runs, returns its documented fields, and each way of making lists does what it is for. */
import { random32 } from '@freshet/shared/domain/random';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runBench } from 'freshet/bench/run';
import { afterAll, beforeAll, expect, test } from 'vitest';

const EVENTS = 3_000;
/** Of them one comes every so many events. */
const NEW_EVERY = 20;
const number = expect.any(Number) as number;

type Figures = Readonly<Record<string, { readonly ndcg_10: number; readonly distance: number; readonly explored_a_list: number }>>;

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'diversity-bench-test-'));
  file = path.join(folder, 'events.csv');
  const lines = Array.from({ length: EVENTS }, (_, i) => {
    const shopper = i % 40;
    // Each shopper takes every fourth item, so there is something to learn.
    const item = 4 * (random32(1, i, 0) % Math.ceil((20 + i / NEW_EVERY) / 4)) + (shopper % 4);
    const time = new Date(Date.UTC(2010, 0, 1, 8) + i * 60_000).toISOString().slice(0, 16);
    return `${500_000 + i},${20_000 + item},THING ${item} OF KIND ${item % 4},1,${time},2.5,${13_000 + shopper},United Kingdom`;
  });
  await writeFile(file, `Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

test('diversity holds lists of each way against those of none', { timeout: 120_000 }, async () => {
  const flags = { data: file, preset: 'online-retail-ii', diversity: '0.5', rotation: '0.3', explore: '1', every: '2' };
  const result = await runBench('diversity', flags, { environment: process.env, signal: new AbortController().signal, say: () => undefined });
  const figures = { hr_10: number, ndcg_10: number, distance: number, categories_a_list: 0, coverage: number, gini: number, explored_a_list: number };
  expect(result).toMatchObject({
    bench: 'diversity', measures: expect.any(String) as string, not_measured: expect.arrayContaining([expect.any(String)]) as string[], events: EVENTS, every: 2, seed: 1,
    by_diversity: { '0': figures, '0.5': figures }, by_rotation: { '0': figures, '0.3': figures }, by_explore: { '0': figures, '1': figures },
  });
  const { by_diversity: diversity, by_rotation: rotation, by_explore: explore } = result as unknown as Record<'by_diversity' | 'by_rotation' | 'by_explore', Figures>;
  expect(diversity['0.5']?.distance).toBeGreaterThan(diversity['0']?.distance ?? Number.NaN);
  expect([rotation['0'], explore['0']]).toEqual([diversity['0'], diversity['0']]);
  expect(rotation['0.3']?.distance).not.toBe(rotation['0']?.distance);
  expect([rotation['0.3']?.explored_a_list, explore['0']?.explored_a_list, explore['1']?.explored_a_list]).toEqual([0, 0, expect.closeTo(1, 1)]);
});

test('diversity says which file it can’t find', async () => {
  await expect(runBench('diversity', { data: path.join(folder, 'nowhere.csv') }, { environment: process.env, signal: new AbortController().signal, say: () => undefined })).rejects.toThrow(/--data takes a file of events that exists/);
});
