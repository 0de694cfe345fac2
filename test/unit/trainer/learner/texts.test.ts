/** What a learner does with texts: new items find their shoppers, queries their items, and a restart forgets neither. */
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import type { CatalogueChange, LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { randomBelow } from '@freshet/shared/domain/random';
import { strideOf } from '@freshet/shared/domain/tables';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Cut, Learner } from '@freshet/trainer/learner/port';
import { afterEach, describe, expect, it } from 'vitest';

const DIM = 32;
const KINDS = ['mug', 'lamp', 'rug'] as const;
const EACH = 8;
const ROUND = 30;
const START = Date.UTC(2026, 0, 1);

const open: Learner[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((learner) => learner.close()));
});

async function create(maxWords = 100): Promise<Learner> {
  const model = { ...DEFAULT_MODEL, dim: DIM, negatives: 16, replayCapacity: 1_000 };
  const learner = await createLearner({ model, threads: 0, engine: 'wasm', maxItems: 100, maxWords, trustedItems: false, publish: 'all' });
  open.push(learner);
  return learner;
}

/** Each kind has its own words, in every title two of the five. */
function titleOf(kind: string, n: number): string {
  return `${kind} ${kind}y${n % 4} fine ${kind}ish`;
}

const put = (id: string, title: string): CatalogueChange => ({ op: 'put', id, fields: { title } });
const catalogue: readonly CatalogueChange[] = KINDS.flatMap((kind) => Array.from({ length: EACH }, (_, n) => put(`${kind}-${n}`, titleOf(kind, n))));

const described = (changes: readonly CatalogueChange[], seq: number): LogEntry => ({ kind: 'catalogue', changes, seq, source: 'test', receivedAt: START, historical: false });
const happened = (events: readonly LogEvent[], seq: number): LogEntry => ({ kind: 'events', events, seq, source: 'test', receivedAt: START, historical: false });

function user(n: number): UserRef {
  return n.toString(16).padStart(16, '0') as UserRef;
}

const view = (n: number, shopper: number, item: string): LogEvent => ({ id: `e${n}`, type: 'view', user: user(shopper), item, ts: START + n * 60_000 });

/** Shopper s looks at items of kind s mod 3 only. */
function views(first: number, count: number): LogEvent[] {
  return Array.from({ length: count }, (_, k) => {
    const shopper = randomBelow(12, 5, first + k, 1);
    return view(first + k, shopper, `${KINDS[shopper % KINDS.length] ?? 'mug'}-${randomBelow(EACH, 5, first + k, 2)}`);
  });
}

/** The catalogue, then `rounds` rounds of views. */
async function teach(learner: Learner, rounds = 40): Promise<void> {
  await learner.learn([described(catalogue, 1)]);
  for (let round = 0; round < rounds; round++) await learner.learn([happened(views(round * ROUND, ROUND), 2 + round)]);
}

/** The rank of an item for a shopper, were it the next. */
function rankOf(learner: Learner, item: string, shopper: number): number {
  const [examined] = learner.examine([{ event: view(100_000, shopper, item), seq: 9_000, index: 0 }], { remember: false });
  return examined?.rank ?? Number.NaN;
}

/** Rows of a cut by name. */
function vectors(cuts: readonly Cut[], table: 'item' | 'word'): ReadonlyMap<string, Float32Array> {
  const names = new Map<number, string>();
  const found = new Map<string, Float32Array>();
  const stride = strideOf(table, DIM);
  for (const { vocabulary, tables } of cuts) {
    for (const entry of vocabulary) if (entry.table === (table === 'word' ? table : undefined)) names.set(entry.row, entry.name);
    const rows = tables.find((one) => one.table === table);
    rows?.ids.forEach((row, i) => found.set(names.get(row) ?? '', new Float32Array(rows.values.slice(i * stride, i * stride + DIM).buffer)));
  }
  return found;
}

function cosine(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, d) => sum + value * (b[d] ?? 0), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

describe('an item that nobody has touched', () => {
  it('stands high for the shoppers of its kind, and low for others, as soon as it is described', async () => {
    const learner = await create();
    await teach(learner);
    await learner.learn([described([put('mug-new', titleOf('mug', 3)), put('lamp-new', titleOf('lamp', 2))], 500)]);
    for (const [item, kind] of [['mug-new', 0], ['lamp-new', 1]] as const) {
      for (const shopper of [kind, kind + 3]) expect(rankOf(learner, item, shopper)).toBeLessThanOrEqual(EACH + 2);
      for (const shopper of [kind + 1, kind + 2]) expect(rankOf(learner, item, shopper)).toBeGreaterThan(EACH);
    }
  });

  it('without words stands where chance puts it', async () => {
    const learner = await create(0);
    await teach(learner);
    await learner.learn([described(Array.from({ length: 10 }, (_, n) => put(`mug-new-${n}`, titleOf('mug', n))), 500)]);
    const ranks = Array.from({ length: 10 }, (_, n) => rankOf(learner, `mug-new-${n}`, 0));
    expect(ranks.filter((rank) => rank <= EACH + 2).length).toBeLessThan(5);
    expect(learner.cut().tables.some(({ table }) => table === 'word')).toBe(false);
  });

  it('shares its place with another of the same words until its first event, and no longer', async () => {
    const learner = await create();
    await teach(learner);
    await learner.learn([described([put('mug-a', titleOf('mug', 1)), put('mug-b', titleOf('mug', 1))], 500)]);
    const between = (): number => {
      const rows = vectors([...learner.whole()], 'item');
      return cosine(rows.get('mug-a') ?? [], rows.get('mug-b') ?? []);
    };
    expect(between()).toBeCloseTo(1, 5);
    // The first event of a shopper without a history teaches nothing, so all that moves the row is its beginning.
    await learner.learn([happened([view(90_000, 77, 'mug-a')], 501)]);
    const after = between();
    expect(after).toBeLessThan(0.9);
    expect(after).toBeGreaterThan(0.5);
  });

  it('described long ago has what its words have learned since, and no bias against it', async () => {
    const learner = await create();
    await learner.learn([described([...catalogue, put('rug-early', titleOf('rug', 1))], 1)]);
    for (let round = 0; round < 40; round++) await learner.learn([happened(views(round * ROUND, ROUND), 2 + round)]);
    expect(rankOf(learner, 'rug-early', 2)).toBeLessThanOrEqual(EACH + 2);
    const cut = learner.cut();
    const row = cut.vocabulary.find(({ name, table }) => name === 'rug-early' && table === undefined)?.row ?? 0;
    const items = cut.tables.find(({ table }) => table === 'item');
    const at = (items?.ids.indexOf(row) ?? 0) * strideOf('item', DIM) + DIM;
    expect(new Float32Array(items?.values.slice(at, at + 1).buffer ?? [])[0]).toBe(0);
  });

  it('for which the tables have no room fails nothing', async () => {
    const learner = await create();
    await learner.learn([described(Array.from({ length: 130 }, (_, n) => put(`i-${n}`, 'red mug')), 1)]);
    const report = await learner.learn([happened([view(1, 1, 'i-1'), view(2, 1, 'i-125'), view(3, 1, 'i-2')], 2)]);
    expect(report.refused).toEqual([{ index: 1, reason: 'items_full' }]);
  });
});

describe('a query', () => {
  const search = (n: number, shopper: number, query: string): LogEvent => ({ id: `q${n}`, type: 'search', user: user(shopper), query, ts: START + n * 60_000 });

  it('is learned as words that lead to what is taken next, by somebody with no history, too', async () => {
    const learner = await create();
    await teach(learner, 10);
    for (let n = 0; n < 60; n++) {
      const shopper = 100 + n;
      const item = `rug-${n % 2}`;
      await learner.learn([happened([search(10_000 + 2 * n, shopper, 'cosy floor'), view(10_001 + 2 * n, shopper, item)], 100 + n)]);
    }
    const cut = learner.cut();
    const words = vectors([cut], 'word');
    const items = vectors([cut], 'item');
    const [cosy, floor] = [words.get('cosy'), words.get('floor')];
    const query = cosy?.map((x, d) => x + (floor?.[d] ?? 0)) ?? [];
    const order = [...items].filter(([name]) => name !== '').sort(([, a], [, b]) => cosine(query, b) - cosine(query, a)).map(([name]) => name);
    expect(order.slice(0, 2).sort()).toEqual(['rug-0', 'rug-1']);
  });

  it('that is answered too late, or by another shopper, teaches nothing', async () => {
    const learner = await create();
    await teach(learner, 5);
    const examples = async (events: LogEvent[], seq: number): Promise<number> => (await learner.learn([happened(events, seq)])).examples;
    await learner.learn([happened([search(5_000, 50, 'cosy floor'), search(5_000, 51, 'cosy floor')], 100)]);
    expect(await examples([search(5_001, 60, 'cosy floor'), view(5_002, 60, 'rug-1')], 101)).toBeGreaterThan(0);
    expect(await examples([search(6_001, 61, 'cosy floor'), view(6_040, 61, 'rug-1')], 102)).toBe(0);
    expect(await examples([search(7_001, 62, 'cosy floor'), view(7_002, 63, 'rug-1')], 103)).toBe(0);
  });

  it('is answered once, but by each event that carries its id', async () => {
    const learner = await create();
    await teach(learner, 5);
    await learner.learn([happened([search(5_000, 50, 'cosy floor')], 100)]);
    const answers = async (ids: readonly (string | undefined)[], seq: number): Promise<number> => {
      const shopper = 70 + seq;
      const asked = { ...search(8_000, shopper, 'cosy floor'), query_id: 'q1' };
      // Negative events and repeats aside, a stranger's event is an example only by his search.
      const taken = ids.map((id, n) => ({ ...view(8_001 + n, shopper, 'rug-1'), ...(id === undefined ? {} : { query_id: id }) }));
      const { examples } = await learner.learn([happened([asked, ...taken.slice(0, 1)], seq)]);
      return examples > 0 ? 1 : 0;
    };
    expect([await answers([undefined], 101), await answers(['q1'], 102)]).toEqual([1, 1]);
  });
});

it('gives the same bytes, words and all, for the same entries in the same rounds', async () => {
  const cuts = await Promise.all(
    [0, 1].map(async () => {
      const learner = await create();
      await teach(learner, 6);
      return learner.cut();
    }),
  );
  expect(cuts[0]?.tables.map(({ table }) => table)).toContain('word');
  expect(cuts[0]).toEqual(cuts[1]);
});

it('after a restart goes on with the words and texts it had', async () => {
  const before = await create();
  await teach(before);
  const cut = before.cut();
  const after = await create();
  for (const { row, name, table } of cut.vocabulary) after.sink.name(row, name, table);
  for (const { table, ids, values } of cut.tables) after.sink.write(table, ids, values);
  catalogue.forEach((change, index) => {
    if (change.op !== 'delete') after.recall({ id: change.id, fields: change.fields, filled: [], deleted: false, seq: 1, index } satisfies ItemDocument);
  });
  after.remember(Array.from({ length: 40 }, (_, round) => happened(views(round * ROUND, ROUND), 2 + round)));
  expect(after.words()).toBe(before.words());
  for (const learner of [before, after]) await learner.learn([described([put('lamp-new', titleOf('lamp', 2))], 500)]);
  expect(rankOf(after, 'lamp-new', 1)).toBe(rankOf(before, 'lamp-new', 1));
  expect(after.cut().vocabulary.map(({ name }) => name)).toEqual(['lamp-new']);
});
