/** Export and import of a model: what comes back is what was written, and whatever is wrong with the files is said in a sentence. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeNpy } from '@freshet/shared/codec/npy';
import { configHash } from '@freshet/shared/domain/model-config';
import { ITEM_TAIL, strideOf } from '@freshet/shared/domain/tables';
import { exportModel, type ExportResult } from '@freshet/trainer/transfer/export';
import { readSource, type SourceOptions, SQUARE_PER_EVENT } from '@freshet/trainer/transfer/source';
import { parseManifest } from '@freshet/trainer/transfer/manifest';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { startTrainer } from '@freshet/trainer/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../support/until.js';
import { options, shop, type Shop } from '../support/shop.js';

const { model, maxItems, maxWords } = options;
const { temperature } = model;
let root: string;
let exported: ExportResult;
let taught: Shop;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'freshet-transfer-'));
  taught = shop();
  await learn(taught, undefined, 60);
  exported = await exportModel(taught.deps, { directory: path.join(root, 'model'), temperature, release: 'test' });
});
afterAll(() => rm(root, { recursive: true }));

/** Lets a trainer learn so many events, or just begin. */
async function learn(one: Shop, initFrom: { path: string; shop: 'same' | 'other'; experience: number } | undefined, events: number): Promise<void> {
  await using trainer = startTrainer(resolveTrainerOptions({ model, threads: 1, maxItems, minGapMs: 1, publish: 'all', initFrom }), one.deps);
  await trainer.ready;
  if (events > 0) {
    await one.describeItems();
    const seq = await one.send(events);
    await until('all is learned', () => trainer.status().applied >= seq);
  } else await until('it leads', () => trainer.status().leading);
}

const source = (from: string, more: Partial<SourceOptions> = {}): SourceOptions => ({ path: from, shop: 'same', experience: 10, model, maxItems, maxWords, ...more });
const file = async (name: string, content: string | Buffer): Promise<string> => {
  const to = path.join(root, name);
  await writeFile(to, content);
  return to;
};

test('a model that began with an exported one is, exported again, the same files', async () => {
  const other = shop();
  await learn(other, { path: exported.directory, shop: 'same', experience: 0 }, 0);
  const again = await exportModel(other.deps, { directory: path.join(root, 'again'), temperature, release: 'test' });
  expect(again.files).toEqual(exported.files);
  expect(again).toMatchObject({ version: 1, applied: 0, items: 12 });
});

test('what the log says is learned on top of it', async () => {
  const other = shop();
  await learn(other, { path: exported.directory, shop: 'same', experience: 0 }, 30);
  const state = await other.deps.deltas.state();
  expect(state.version).toBeGreaterThan(1);
  expect(state.applied).toBe(2);
});

test('a database that has a model is left alone', async () => {
  const before = await taught.deps.deltas.state();
  await learn(taught, { path: path.join(root, 'nowhere'), shop: 'same', experience: 0 }, 0);
  expect(await taught.deps.deltas.state()).toEqual(before);
});

test('of another shop’s model nothing comes that counts its shoppers', async () => {
  const rows = await readSource(source(exported.directory, { shop: 'other' }));
  expect(rows.tables.map(({ table }) => table)).toEqual(['item', 'stat', 'dense']);
  expect(rows.names.filter((name) => name !== undefined)).toHaveLength(12);
});

test('a model of another dimension is projected: cosines stay near, and the same seed gives the same rows', async () => {
  const wide = { ...model, dim: 256 };
  const [one, again] = [await readSource(source(exported.directory, { model: wide })), await readSource(source(exported.directory, { model: wide }))];
  const before = itemsOf(await readSource(source(exported.directory)), model.dim);
  const after = itemsOf(one, 256);
  expect(itemsOf(again, 256)).toEqual(after);
  for (let i = 1; i < 12; i++) for (let j = 1; j < i; j++) expect(Math.abs(cosine(before[i], before[j]) - cosine(after[i], after[j]))).toBeLessThan(0.3);
});

test('a model that keeps another number of followers takes them over into its own cells', async () => {
  const rows = await readSource(source(exported.directory, { model: { ...model, followers: 16 } }));
  const cells = rows.tables.find(({ table }) => table === 'follow');
  expect(cells?.ids.length).toBe((await readSource(source(exported.directory))).tables.find(({ table }) => table === 'follow')?.ids.length);
  expect(Math.max(...(cells?.ids ?? []))).toBeLessThan(16 * (12 + 1));
  expect(rows.configHash).toBe(configHash({ ...model, followers: 16 }));
});

test('a trainer refuses the model of another number of followers, and says with which it starts', async () => {
  await using trainer = startTrainer(resolveTrainerOptions({ model: { ...model, followers: 32 }, threads: 1, maxItems, minGapMs: 1 }), taught.deps);
  await expect(trainer.done).rejects.toThrow(/128 followers an item, this trainer was started with 32: start it with --followers 128/);
});

test('vectors by item id are taken in their direction, and count as if learned from so many events', async () => {
  const csv = await file('vectors.csv', 'item,a,b\n"mug, red",3,4\nlamp,0,-2\n');
  const rows = await readSource(source(csv, { experience: 50 }));
  expect(rows.names).toEqual([undefined, 'mug, red', 'lamp']);
  const stride = strideOf('item', model.dim);
  const floats = new Float32Array(rows.tables.find(({ table }) => table === 'item')?.values.buffer ?? new ArrayBuffer());
  expect(floats[stride + model.dim + ITEM_TAIL.acc]).toBeCloseTo(50 * SQUARE_PER_EVENT);
  expect(Math.hypot(...floats.subarray(stride, stride + model.dim))).toBeCloseTo(1);
  await file('matrix.ids', 'mug, red\nlamp\n');
  const npy = await file('matrix.npy', encodeNpy(Float32Array.of(3, 4, 0, -2), [2, 2]));
  const same = await readSource(source(npy, { experience: 50 }));
  expect(same.tables).toEqual(rows.tables);
});

test.each<[why: string, name: string, content: string | Buffer, message: RegExp]>([
  ['a component that is no number', 'a.csv', 'a,1,2\nb,1,x\n', /a\.csv, line 2: component 2 is "x", no number/],
  ['lines of different lengths', 'b.csv', 'a,1,2\nb,1\n', /b\.csv, line 2: 1 components, and 2/],
  ['an id that stands twice', 'c.csv', 'a,1,2\na,3,4\n', /"a" stands there twice/],
  ['no direction', 'd.csv', 'a,1,2\nb,0,0\n', /"b" is all zeros/],
  ['nothing', 'e.csv', 'id,x,y\n', /e\.csv holds no vector/],
  ['a line without a comma', 'f.csv', 'a 1 2\n', /f\.csv, line 1/],
  ['no ids beside a matrix', 'g.npy', encodeNpy(Float32Array.of(1), [1, 1]), /g\.ids can't be read/],
  ['no matrix at all', 'h.npy', 'words', /h\.npy can't be used: it is no \.npy file/],
  ['another kind of file', 'i.txt', 'a,1', /neither a directory nor/],
])('a file of vectors with %s is refused', async (_why, name, content, message) => {
  const at = await file(name, content);
  // So that what is wrong with the matrix is all that is wrong.
  if (name === 'h.npy') await file('h.ids', 'a\n');
  await expect(readSource(source(at))).rejects.toThrow(message);
});

test('more items than there is room for are refused with the number to ask for', async () => {
  await expect(readSource(source(exported.directory, { maxItems: 5 }))).rejects.toThrow(/--max-items 12 or more/);
});

test('a model of another temperature is refused', async () => {
  await expect(readSource(source(exported.directory, { model: { ...model, temperature: 0.2 } }))).rejects.toThrow(/was learned at temperature 0\.07/);
});

test('a directory that is not whole, or not what was exported, is refused with the file’s name', async () => {
  const damaged = path.join(root, 'damaged');
  await expect(readSource(source(root))).rejects.toThrow(/has no manifest\.json/);
  const copy = async (change: (name: string, content: Buffer) => Buffer | undefined): Promise<void> => {
    await rm(damaged, { recursive: true, force: true });
    const { mkdir } = await import('node:fs/promises');
    await mkdir(damaged);
    for (const name of ['manifest.json', ...exported.files.map((one) => one.name)]) {
      const content = change(name, await readFile(path.join(exported.directory, name)));
      if (content !== undefined) await writeFile(path.join(damaged, name), content);
    }
  };
  await copy((name, content) => (name === 'bias.npy' ? undefined : content));
  await expect(readSource(source(damaged))).rejects.toThrow(/bias\.npy can't be read/);
  await copy((name, content) => (name === 'item.npy' ? Buffer.concat([content.subarray(0, 200), Buffer.from('x'), content.subarray(201)]) : content));
  await expect(readSource(source(damaged))).rejects.toThrow(/item\.npy is not what was exported/);
  await copy((name, content) => (name === 'manifest.json' ? Buffer.from(content.toString().replace('"format": 1', '"format": 7')) : content));
  await expect(readSource(source(damaged))).rejects.toThrow(/written by a newer Freshet/);
  expect(() => parseManifest('{"format":1}', 'it')).toThrow(/lacks “dim”/);
  expect(() => parseManifest('nothing', 'it')).toThrow(/is not JSON/);
});

test('a directory that holds something is not written into', async () => {
  await expect(exportModel(taught.deps, { directory: root, temperature, release: 'test' })).rejects.toMatchObject({ code: 'directory_not_empty' });
});

test('a version that is not stored any more is refused with those that are', async () => {
  await expect(exportModel(taught.deps, { directory: path.join(root, 'none'), version: 999, temperature, release: 'test' })).rejects.toThrow(/version 999 can't be rebuilt from what is stored: 1 to \d+ can/);
});

function itemsOf({ tables }: Awaited<ReturnType<typeof readSource>>, dim: number): Float32Array[] {
  const rows = tables.find(({ table }) => table === 'item');
  if (rows === undefined) throw new Error('no item rows');
  const floats = new Float32Array(rows.values.buffer, rows.values.byteOffset, rows.values.length);
  return [...rows.ids.keys()].map((i) => floats.slice(i * strideOf('item', dim), i * strideOf('item', dim) + dim));
}

function cosine(a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()): number {
  const dot = a.reduce((sum, value, d) => sum + value * (b[d] ?? 0), 0);
  return dot / Math.hypot(...a) / Math.hypot(...b);
}
