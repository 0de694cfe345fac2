/** Ratings through the learner: from `rate` events to published rows, over restarts, and what is said of the errors. */
import { NOTHING_SPENT } from '@freshet/trainer/learner/draft';
import { decodeDelta, encodeDelta, type TableRows } from '@freshet/shared/codec/delta';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { configHash, DEFAULT_MODEL, trainingHash } from '@freshet/shared/domain/model-config';
import { createRatingTables } from '@freshet/shared/domain/ratings/rating-tables';
import { createMetrics } from '@freshet/shared/metrics';
import { checkDelta } from '@freshet/shared/model/check';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner, LearnerEvent } from '@freshet/trainer/learner/port';
import { createPrequential } from '@freshet/trainer/prequential';
import { describe, expect, it, onTestFinished } from 'vitest';

const model = { ...DEFAULT_MODEL, dim: 16, negatives: 8, replayCapacity: 100 };
const ref = (n: number): UserRef => (n + 1).toString(16).padStart(16, '0') as UserRef;
const START = 1_700_000_000_000;

async function open(): Promise<Learner> {
  const learner = await createLearner({ model, threads: 0, engine: 'wasm', maxItems: 50, trustedItems: true });
  onTestFinished(() => learner.close());
  return learner;
}

let sent = 0;
function rate(user: number, item: number, value: number | undefined, over: Partial<LogEvent> = {}): LearnerEvent {
  const event: LogEvent = { id: `r-${sent}`, type: 'rate', user: ref(user), item: `item-${item}`, ts: START + 1_000 * sent, ...(value === undefined ? {} : { value }), ...over };
  return { event, seq: ++sent, index: 0 };
}

function tableOf(tables: readonly TableRows[], table: string): TableRows | undefined {
  return tables.find((rows) => rows.table === table);
}

describe('a rate event', () => {
  it('moves the tables `user` and `rating`, whatever its stars mean to the lists', async () => {
    const learner = await open();
    const report = await learner.round([rate(1, 1, 5), rate(2, 1, 3), rate(1, 2, 1)]);
    expect(report.ratings?.count).toBe(2);
    const { tables, vocabulary } = learner.cut();
    expect([...(tableOf(tables, 'user')?.ids ?? [])]).toEqual([0, 1]);
    expect([...(tableOf(tables, 'rating')?.ids ?? [])]).toEqual([0, 1, 2]);
    expect(vocabulary.map(({ name }) => name)).toEqual(['item-1', 'item-2']);
    expect(tableOf(learner.cut().tables, 'rating')).toBeUndefined();
  });

  it('without a value or beyond the scale, and other events, leave them alone', async () => {
    const learner = await open();
    const report = await learner.round([rate(1, 1, undefined), rate(1, 1, 11), rate(1, 1, 4, { type: 'view' })]);
    expect(report.ratings).toBeUndefined();
    const { tables } = learner.cut();
    expect(tables.map(({ table }) => table)).not.toContain('user');
    expect(tables.map(({ table }) => table)).not.toContain('rating');
  });

  it('of a session that has joined a shopper is the shopper’s', async () => {
    const learner = await open();
    await learner.round([rate(1, 1, 4, { type: 'view', session: ref(9) }), rate(9, 1, 4)]);
    const rows = tableOf(learner.cut().tables, 'user');
    expect(rows?.values[1]).toBe(Number.parseInt(ref(1).slice(8), 16));
  });

  it('that finds the tables full is refused, and its neighbours are learned', async () => {
    const learner = await open();
    const report = await learner.round(Array.from({ length: 60 }, (_, item) => rate(1, item, 3)));
    expect(report.refused).toHaveLength(10);
    expect(report.ratings?.count).toBe(49);
  });
});

describe('published ratings', () => {
  it('pass the checks and the bytes, and predict in serving’s tables what they do in the trainer’s', async () => {
    const learner = await open();
    for (let round = 0; round < 20; round++) await learner.round(Array.from({ length: 10 }, (_, n) => rate(n, (n * 7 + round) % 12, 1 + ((n + round) % 5))));
    const cut = learner.cut();
    const header = { flags: 0, version: 1, fromSeq: 1, toSeq: sent, learnedMs: START, epoch: 1, dim: 16, configHash: configHash(model), trainingHash: trainingHash(model) };
    const delta = decodeDelta(encodeDelta({ header, ...cut }));
    checkDelta(delta);
    const serving = createRatingTables({ user: 100, rating: 50 });
    for (const rows of delta.tables) if (rows.table === 'user' || rows.table === 'rating') serving.write(rows.table, rows.ids, rows.values);
    expect(serving.predict(ref(3), 2)).toBeGreaterThan(1);
    // A trainer that starts from the same delta, and a first one that goes on, learn the same.
    const second = await open();
    for (const { row, name } of delta.vocabulary) second.sink.name(row, name);
    for (const rows of delta.tables) second.sink.write(rows.table, rows.ids, rows.values);
    const next = [rate(3, 2, 5), rate(4, 2, 1)];
    const [a, b] = [await learner.round(next), await second.round(next)];
    expect(b.ratings).toEqual(a.ratings);
    expect(tableOf(second.cut().tables, 'rating')).toEqual(tableOf(learner.cut().tables, 'rating'));
  });

  it('are refused when a number isn’t finite or has exploded', async () => {
    const learner = await open();
    await learner.round([rate(1, 1, 5)]);
    const { tables } = learner.cut();
    const bad = tables.map((rows) => (rows.table === 'user' ? { ...rows, values: new Uint32Array(Float32Array.from(rows.values, () => 1e4).buffer) } : rows));
    expect(() => checkDelta({ header: { dim: 16 }, tables: bad })).toThrow('user row 0');
  });

  it('are gone after a reset', async () => {
    const learner = await open();
    await learner.round([rate(1, 1, 5), rate(2, 1, 5)]);
    await learner.reset();
    expect((await learner.round([rate(1, 1, 2)])).ratings).toBeUndefined();
  });
});

describe('the errors of ratings', () => {
  it('are gauges, which go on where kept windows ended', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const prequential = createPrequential(metrics);
    const window = { fromSeq: 1, toSeq: 2, version: 1, beganAt: 0, endedAt: 1, tested: 1, hits10: 0, ndcg10: 0, examples: 1, loss: 1, popularityHits10: 0, followHits10: 0 };
    prequential.resume([{ ...window, ratings: { count: 2, squares: 8, absolutes: 4 } }, window]);
    const shown = async (name: string): Promise<number> => Number(new RegExp(`^freshet_prequential_rating_${name} (\\S+)$`, 'm').exec(await metrics.render())?.[1]);
    expect([await shown('rmse'), await shown('mae')]).toEqual([2, 2]);
    prequential.observe({ examples: 0, lossExamples: 0, loss: 0, ranks: [], rankMs: 0, refused: [], spent: NOTHING_SPENT, ratings: { count: 2, squares: 0, absolutes: 0 } });
    expect([await shown('rmse'), await shown('mae')]).toEqual([Math.SQRT2, 1]);
  });
});
