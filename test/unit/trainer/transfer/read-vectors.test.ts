/** Files of vectors: which first line is a header, quoted cells, lines that are no vector, and files larger than a string. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeNpy } from '@freshet/shared/codec/npy';
import { UsageError } from '@freshet/shared/errors';
import { readVectors } from '@freshet/trainer/transfer/read-vectors';
import { afterAll, beforeAll, expect, test } from 'vitest';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'freshet-vectors-'));
});
afterAll(() => rm(root, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const to = path.join(root, name);
  await writeFile(to, content);
  return to;
}

test.each<[what: string, content: string]>([
  ['names', 'item,first,second,third\na,1,2,4\nb,2,3,5\n'],
  ['numbers, as data frames write it', 'item_id,0,1,2\na,1,2,4\nb,2,3,5\n'],
  ['numbers, without a name for the ids', ',0,1,2\na,1,2,4\nb,2,3,5\n'],
  ['numbers from 1, quoted, with a byte order mark', '\uFEFF"movieId","1","2","3"\r\n"a","1","2","4"\r\n"b","2","3","5"\r\n'],
  ['nothing, since there is none', '\n"a","1","2","4"\n"b",2, 3 ,5e0'],
])('a header of %s is no item', async (_what, content) => {
  expect(await readVectors(await file('header.csv', content))).toEqual({ ids: ['a', 'b'], dim: 3, values: Float32Array.of(1, 2, 4, 2, 3, 5) });
});

test('an item that is called as a header may be is one, if what follows is a vector', async () => {
  expect((await readVectors(await file('id.csv', 'id,0.5,1,2\na,1,2,3\n'))).ids).toEqual(['id', 'a']);
  expect((await readVectors(await file('one-hot.csv', 'a,0,1\nb,1,0\n'))).ids).toEqual(['a', 'b']);
});

test('quoted ids hold commas and quotes', async () => {
  expect((await readVectors(await file('quoted.csv', '"mug, ""red""","1",2\n"lamp",3,4\n'))).ids).toEqual(['mug, "red"', 'lamp']);
});

test('a matrix with ids beside it has the same vectors', async () => {
  await file('matrix.ids', 'a\r\nb\r\n');
  const npy = await file('matrix.npy', encodeNpy(Float32Array.of(3, 4, 0, -2), [2, 2]));
  expect(await readVectors(npy)).toEqual(await readVectors(await file('matrix.csv', 'a,3,4\nb,0,-2\n')));
});

test.each<[why: string, content: string, message: RegExp]>([
  ['a first line without a number that isn’t a header', 'a,x,y\nb,2,3\n', /line 1: no component is a number, and it is no header either: .*item_id/],
  ['a first line that may be a header or an item', 'mug,0,1,2\nb,2,3,4\n', /line 1: .*header that counts its columns.*item_id/],
  ['a first line with gaps', 'a,,\nb,2,3\n', /line 1: no component is a number/],
  ['a column of text', 'item,title,x\na,red,2\n', /line 2: component 1 is "red", no number/],
  ['a second header', 'id,x,y\nid,x,y\na,1,2\n', /line 2: component 1 is "x", no number/],
  ['a quote that stays open', 'a,1,2\n\n"b,1,2\n', /line 3: not an id, a comma and numbers/],
  ['semicolons', 'a;1;2\n', /line 1: not an id, a comma and numbers/],
  ['a number larger than a float', 'a,1,2\nb,1,1e39\n', /line 2: component 2 is "1e39", larger than a float/],
  ['no number', 'a,1,2\nb,1,NaN\n', /line 2: component 2 is "NaN", no number/],
  ['an id twice', 'a,1,2\nb,1,2\na,3,4\n', /line 3: the id "a" stands there twice/],
  ['no id', 'a,1,2\n"",3,4\n', /line 2: no id/],
  ['no direction', 'a,1,2\nb,0,0\n', /line 2: the vector of "b" is all zeros/],
])('a file with %s is refused with the line', async (_why, content, message) => {
  const refused = readVectors(await file('bad.csv', content));
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toBeInstanceOf(UsageError);
});

test('a file larger than a string can be is read by lines, up to the first that is bad', async () => {
  const at = await file('large.csv', 'a,1,2\n');
  const handle = await open(at, 'r+');
  await handle.truncate(600 * 2 ** 20);
  await handle.close();
  await expect(readVectors(at)).rejects.toThrow(/large\.csv, line 2: longer than 1048576 characters/);
});

test('lines that reach from one read into the next are whole', async () => {
  const lines = Array.from({ length: 60_000 }, (_, n) => `häuschen-${n},${n + 1},${-n},0.5`);
  const { ids, values } = await readVectors(await file('many.csv', lines.join('\r\n')));
  expect(ids).toHaveLength(lines.length);
  for (const n of [0, 1, 31_313, 59_999]) {
    expect(ids[n]).toBe(`häuschen-${n}`);
    expect([...values.subarray(3 * n, 3 * n + 3)]).toEqual([n + 1, 0 - n, 0.5]);
  }
  expect(new Set(ids).size).toBe(lines.length);
});
