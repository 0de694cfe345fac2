/** Rows that come from elsewhere stay what they are while this shop describes them with words and its first shoppers touch them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EntryBody } from '@freshet/shared/domain/entry';
import type { UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import { ITEM_TAIL, STAT, strideOf, TRANSFERRED } from '@freshet/shared/domain/tables';
import { loadModel } from '@freshet/shared/model/load';
import { type InitFrom, resolveTrainerOptions } from '@freshet/trainer/config';
import { startTrainer, type Trainer } from '@freshet/trainer/service';
import { exportModel } from '@freshet/trainer/transfer/export';
import { readSource } from '@freshet/trainer/transfer/source';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../support/until.js';
import { options, shop, type Shop } from '../support/shop.js';

const { model, maxItems, maxWords } = options;
const ITEMS = 12;
const EXPERIENCE = 100;
let root: string;
/** The exported model of a shop with titles and ratings. */
let theirs: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'freshet-transferred-'));
  theirs = await exportedShop();
});
afterAll(() => rm(root, { recursive: true }));

interface Row {
  readonly embedding: Float32Array;
  readonly acc: number;
}

/** The published item rows by name. */
async function rowsOf(one: Shop): Promise<(name: string) => Row> {
  const names = new Map<string, number>();
  const rows = new Map<number, Row>();
  const stride = strideOf('item', model.dim);
  await loadModel(one.deps, {
    name: (row, name, table) => void (table === 'word' || names.set(name, row)),
    write(table, ids, values) {
      if (table !== 'item') return;
      const floats = new Float32Array(values.buffer, values.byteOffset, values.length);
      for (const [i, row] of ids.entries()) rows.set(row, { embedding: floats.slice(i * stride, i * stride + model.dim), acc: floats[i * stride + model.dim + ITEM_TAIL.acc] ?? 0 });
    },
  });
  return (name) => {
    const row = rows.get(names.get(name) ?? -1);
    if (row === undefined) throw new Error(`no row of ${name}`);
    return row;
  };
}

function cosine(a: Row, b: Row): number {
  const dot = a.embedding.reduce((sum, value, d) => sum + value * (b.embedding[d] ?? 0), 0);
  return dot / Math.hypot(...a.embedding) / Math.hypot(...b.embedding);
}

function trainer(one: Shop, initFrom?: InitFrom): Trainer {
  return startTrainer(resolveTrainerOptions({ model, threads: 1, maxItems, minGapMs: 1, publish: 'all', initFrom }), one.deps);
}

let appended = 0;
async function learned(one: Shop, at: Trainer, body: EntryBody): Promise<void> {
  const keys = Array.from({ length: body.kind === 'events' ? body.events.length : body.changes.length }, () => ({ id: eventKey('transferred', String(appended++)), body: bodyHash('') }));
  const { seq } = await one.deps.entries.append({ body, keys, source: 'test', receivedAt: 1_700_000_000_000 + appended, historical: false });
  await until('it is learned', () => at.status().applied >= (seq ?? 0));
}

/** Titles share their words, so words get rows; `more`: other items with the same words. */
const described = (more: readonly string[] = []): EntryBody => ({
  kind: 'catalogue',
  changes: [...Array.from({ length: ITEMS }, (_, n) => `item-${n}`), ...more].map((id, n) => ({ op: 'put', id, fields: { title: `red mug number ${n % 3}` } })),
});

async function sent(one: Shop, at: Trainer, count: number): Promise<void> {
  const seq = await one.send(count);
  await until('it is learned', () => at.status().applied >= seq);
}

async function exportedShop(): Promise<string> {
  const one = shop();
  {
    await using at = trainer(one);
    await at.ready;
    await learned(one, at, described(['nobody’s']));
    for (let k = 0; k < 10; k++) await sent(one, at, 60);
    const rate = (n: number) => ({ id: `r-${n}`, type: 'rate', value: 1 + (n % 5), user: String(n % 5).padStart(16, '0') as UserRef, item: `item-${n}`, ts: 1_700_000_100_000 + n });
    await learned(one, at, { kind: 'events', events: Array.from({ length: 10 }, (_, n) => rate(n)) });
  }
  return (await exportModel(one.deps, { directory: path.join(root, 'theirs'), temperature: model.temperature, release: 'test' })).directory;
}

async function vectors(): Promise<string> {
  const file = path.join(root, 'vectors.csv');
  const line = (n: number): string => [`item-${n}`, ...Array.from({ length: model.dim }, (_, d) => (d === n ? 1 : 0.01 * (d + 1)))].join(',');
  await writeFile(file, Array.from({ length: ITEMS }, (_, n) => line(n)).join('\n'));
  return file;
}

/** A dozen events among a dozen items are learned: 12 of 100 that the rows have had already. */
const AFTER_EVENTS = 0.85;

function expectKept(before: (name: string) => Row, after: (name: string) => Row, least = AFTER_EVENTS): void {
  for (let n = 0; n < ITEMS; n++) {
    expect(cosine(before(`item-${n}`), after(`item-${n}`)), `item-${n}`).toBeGreaterThan(least);
    expect(after(`item-${n}`).acc, `item-${n}`).toBeGreaterThanOrEqual(before(`item-${n}`).acc);
  }
}

test('vectors stay when the shop gives their items titles, and at their first events; an item without one begins from its words', async () => {
  const one = shop();
  await using at = trainer(one, { path: await vectors(), shop: 'same', experience: EXPERIENCE });
  await until('it leads', () => at.status().leading);
  const before = await rowsOf(one);
  await learned(one, at, described(['new-1', 'new-2', 'new-3', 'new-4']));
  const titled = await rowsOf(one);
  expectKept(before, titled, 0.95);
  // Number 0 and number 0: the same words, and nothing else is known of them.
  expect(cosine(titled('new-1'), titled('new-4'))).toBeGreaterThan(0.99);
  expect(titled('new-1').acc).toBeLessThan(EXPERIENCE / 2);
  await sent(one, at, ITEMS);
  expectKept(before, await rowsOf(one));
});

test('a trainer that starts anew knows by what is stored which rows came from elsewhere', async () => {
  const one = shop();
  {
    await using first = trainer(one, { path: await vectors(), shop: 'same', experience: EXPERIENCE });
    await until('it leads', () => first.status().leading);
  }
  const before = await rowsOf(one);
  {
    await using second = trainer(one);
    await second.ready;
    await learned(one, second, described());
  }
  await using third = trainer(one);
  await third.ready;
  await sent(one, third, ITEMS);
  expectKept(before, await rowsOf(one));
});

test('rows of another shop’s model stay, but for those that were nothing but their words there; none of its ratings comes along', async () => {
  const sameShop = await readSource({ path: theirs, shop: 'same', experience: 0, model, maxItems, maxWords });
  expect(sameShop.tables.map(({ table }) => table)).toEqual(expect.arrayContaining(['user', 'rating']));

  const otherShop = await readSource({ path: theirs, shop: 'other', experience: 0, model, maxItems, maxWords });
  expect(otherShop.tables.map(({ table }) => table)).toEqual(['item', 'stat', 'dense', 'word']);
  const stat = otherShop.tables.find(({ table }) => table === 'stat');
  expect(stat?.ids.length).toBeGreaterThan(ITEMS);
  for (const [i, row] of (stat?.ids ?? new Uint32Array()).entries()) {
    const counted = new Array<number>(STAT.words).fill(0);
    if (row > 0 && otherShop.names[row] !== 'nobody’s') counted[STAT.users] = TRANSFERRED;
    expect([...(stat?.values.subarray(i * STAT.words, (i + 1) * STAT.words) ?? [])]).toEqual(counted);
  }

  const ours = shop();
  await using at = trainer(ours, { path: theirs, shop: 'other', experience: 0 });
  await until('it leads', () => at.status().leading);
  const before = await rowsOf(ours);
  await learned(ours, at, described());
  await sent(ours, at, ITEMS);
  expectKept(before, await rowsOf(ours));
});

test('more words than there is room for are refused with the number to ask for, and nothing is written', async () => {
  const { words } = await readSource({ path: theirs, shop: 'same', experience: 0, model, maxItems, maxWords });
  expect(words.length).toBeGreaterThan(1);
  const ours = shop();
  const initFrom: InitFrom = { path: theirs, shop: 'same', experience: 0 };
  {
    await using at = startTrainer(resolveTrainerOptions({ model, threads: 1, maxItems, maxWords: words.length - 1, minGapMs: 1, initFrom }), ours.deps);
    await expect(at.done).rejects.toThrow(`${words.length} word rows and the tables have room for ${words.length - 1}: start with --max-words ${words.length} or more`);
    expect((await ours.deps.deltas.state()).version).toBe(0);
  }
  await using enough = startTrainer(resolveTrainerOptions({ model, threads: 1, maxItems, maxWords: words.length, minGapMs: 1, initFrom }), ours.deps);
  await until('it leads', () => enough.status().leading);
});
