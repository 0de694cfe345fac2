/** The words of a table set: loaded, cut into a snapshot and loaded again, forgotten with the rest, looked up by a query. */
import { loadKernel } from '@freshet/serving/store/kernel';
import { formQueryVector } from '@freshet/serving/rank/query-vector';
import { beginCut } from '@freshet/serving/store/cut';
import { createTablePool } from '@freshet/serving/store/table-pool';
import type { TableSet } from '@freshet/serving/store/table-set';
import { decodeDelta } from '@freshet/shared/codec/delta';
import { strideOf } from '@freshet/shared/domain/tables';
import { apply } from '@freshet/shared/model/load';
import { describe, expect, it } from 'vitest';
import { CONFIG_HASH, DIM, makeModel, MODEL } from '../support/model.js';
import { write } from '../support/table-set.js';

const WORDS = ['red', 'mug', 'category:home'];

async function pool(maxWords = 10) {
  return createTablePool({ kernel: await loadKernel(), model: MODEL, maxItems: 60, maxWords, shelf: () => 'available' });
}

/** Word w's vector has w + 1 in component w, and 9 + w as accumulator. */
function withWords(set: TableSet): TableSet {
  write(set, makeModel(3, 40));
  const stride = strideOf('word', DIM);
  const floats = new Float32Array(WORDS.length * stride);
  WORDS.forEach((word, w) => {
    set.name(w, word, 'word');
    floats[w * stride + w] = w + 1;
    floats[w * stride + DIM] = 9 + w;
  });
  set.write('word', Uint32Array.from(WORDS.keys()), new Uint32Array(floats.buffer));
  return set;
}

describe('the words of a table set', () => {
  it('are rows and names of their own: an item of the same name is another thing', async () => {
    const set = withWords(await (await pool()).take());
    set.name(7, 'red');
    expect([set.rowOf('red'), set.words.rowOf('red'), set.words.nameOf(2)]).toEqual([7, 0, 'category:home']);
    expect([set.rows, set.words.count, set.dropped]).toEqual([41, 3, 0]);
  });

  it('are part of a snapshot, which loads to the same', async () => {
    const both = await pool();
    const [set, copy] = [withWords(await both.take()), await both.take()];
    const cut = beginCut(set);
    for (;;) {
      const bytes = cut.next({ version: 4, toSeq: 5, learnedMs: 6, epoch: 1, configHash: CONFIG_HASH });
      if (bytes === undefined) break;
      apply(decodeDelta(bytes), copy);
    }
    expect(copy.words.count).toBe(3);
    expect([...copy.words.embeddings.subarray(0, 3 * DIM)]).toEqual([...set.words.embeddings.subarray(0, 3 * DIM)]);
    expect([...copy.words.acc.subarray(0, 3)]).toEqual([9, 10, 11]);
    expect(WORDS.map((word) => copy.words.rowOf(word))).toEqual([0, 1, 2]);
    expect(copy.rowOf('item-9')).toBe(set.rowOf('item-9'));
  });

  it('behind the capacity are left out and counted, and the others are there', async () => {
    const set = withWords(await (await pool(2)).take());
    expect([set.words.count, set.words.rowOf('mug'), set.words.rowOf('category:home')]).toEqual([2, 1, undefined]);
    expect(set.dropped).toBeGreaterThan(0);
  });

  it('are forgotten with the rest before the memory holds another model', async () => {
    const all = await pool();
    const set = withWords(await all.take());
    all.give(set);
    const again = await all.take();
    expect(again).toBe(set);
    expect([again.words.count, again.words.rowOf('red'), again.dropped]).toEqual([0, undefined, 0]);
    expect(again.words.embeddings.every((x) => x === 0)).toBe(true);
  });
});

describe('a query’s vector', () => {
  it('is the mean of its known words, of length 1', async () => {
    const set = withWords(await (await pool()).take());
    expect(formQueryVector(set, 'a RED mug, please')).toBe(2);
    const expected = [1, 2].map((x) => x / Math.sqrt(5));
    expect([...set.query.subarray(0, 2)]).toEqual(expected.map((x) => expect.closeTo(x, 5) as number));
    expect(set.query.subarray(2).every((x) => x === 0)).toBe(true);
  });

  it('of unknown words is zero', async () => {
    const set = withWords(await (await pool()).take());
    set.query.fill(1);
    expect(formQueryVector(set, 'zyx 红')).toBe(0);
    expect(set.query.every((x) => x === 0)).toBe(true);
  });
});
