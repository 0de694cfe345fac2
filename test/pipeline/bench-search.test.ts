/** `bench search` in its shortest form, on a file of a few titles: it runs, and returns its documented fields (docs/API). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runBench } from 'freshet/bench/run';
import { afterAll, beforeAll, expect, test } from 'vitest';

const COLOURS = ['RED', 'BLUE', 'GREEN', 'WHITE', 'BLACK'];
const THINGS = ['HEART MUG LARGE', 'WOODEN TRAY SMALL', 'GLASS CANDLE HOLDER', 'PAPER LANTERN STAR'];
const EVENTS = 1_500;
const positive = expect.toSatisfy((value: unknown) => typeof value === 'number' && value > 0);

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'search-bench-test-'));
  file = path.join(folder, 'events.csv');
  const titles = COLOURS.flatMap((colour) => THINGS.map((thing) => `${colour} ${thing}`));
  const lines = Array.from({ length: EVENTS }, (_, i) => {
    const item = (i * 7) % titles.length;
    const time = new Date(Date.UTC(2010, 0, 1, 8) + i * 60_000).toISOString().slice(0, 16);
    return `${500_000 + i},${20_000 + item},${titles[item] ?? ''},1,${time},2.5,${13_000 + (i % 30)},United Kingdom`;
  });
  await writeFile(file, `Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

test('search finds known items by title, beginning, typo and two words, and asks for purchases with and without the shopper', { timeout: 120_000 }, async () => {
  const result = await runBench('search', { data: file, preset: 'online-retail-ii', queries: '30', every: '5', clicks: '1' }, { environment: process.env, signal: new AbortController().signal, say: () => undefined });
  expect(result).toMatchObject({
    bench: 'search',
    measures: expect.any(String),
    not_measured: expect.arrayContaining([expect.any(String)]),
    seconds: positive,
    items: 20,
    titles: 20,
    queries: { whole: 30, prefix: 30, typo: 30, two_words: 30 },
    mrr_10: { whole: 1, prefix: positive, typo: positive, two_words: positive },
    latency_ms: { p50: positive, p95: positive },
    cpu_ms: { p95: positive },
    chinese: { titles: 300, mrr_10: { whole: positive, name: positive } },
    personal: { searches: positive, mrr_10: positive, mrr_10_without: positive, weights: { result: 'too_few_searches', searches: positive, clicks: { bias: positive, noise: positive, shown: 20 } } },
  });
});

test('search says what is missing when a file has no titles, or isn’t there', async () => {
  const context = { environment: process.env, signal: new AbortController().signal, say: () => undefined };
  await expect(runBench('search', { data: path.join(folder, 'nothing.csv') }, context)).rejects.toThrow(/--data takes a file of events that exists/);
  await expect(runBench('search', { data: file, columns: 'user=Customer ID,item=StockCode,time=InvoiceDate' }, context)).rejects.toThrow(/says no titles/);
});
