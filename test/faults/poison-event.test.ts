/**
 * Fault F21: something that isn't a number has got into the trainer's memory. An event that would spread it is refused
 * before anything is written, kept with its reason, and its neighbours are learned; a cut that holds it is never committed.
 * The loop, the database and the kernel are real; the damage is done through the learner's own door.
 */
import { postgresDeadLetters } from '@freshet/shared/adapters/postgres/dead-letters';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { postgresQualityLog } from '@freshet/shared/adapters/postgres/quality-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { memoryAnnouncer } from '@freshet/shared/adapters/memory/announcer';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import { ITEM_TAIL, strideOf } from '@freshet/shared/domain/tables';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import { START } from '@freshet/shared/model/load';
import { budgetOf } from '@freshet/trainer/budget/budget';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner } from '@freshet/trainer/learner/port';
import { runLoop } from '@freshet/trainer/loop';
import { createQualityRecorder } from '@freshet/trainer/quality';
import { createSampler } from '@freshet/trainer/sampler';
import { createPrequential } from '@freshet/trainer/prequential';
import { createPublisher } from '@freshet/trainer/publish/publisher';
import { createWake } from '@freshet/trainer/wake';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectEffectOnce } from '../support/model-effect.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { until } from '../support/until.js';

const options = resolveTrainerOptions({ model: { dim: 16, negatives: 16 }, maxItems: 256, threads: 0 });
const DIM = options.model.dim;

describe('a number that is not one', () => {
  let database: TestDatabase;
  let pool: Pool;
  let learner: Learner;
  let closing: AbortController;
  const acknowledged = new Set<string>();

  beforeEach(async () => {
    database = await createDatabase();
    pool = createPool({ url: database.url, applicationName: 'poison', maxConnections: 6, onError: () => undefined });
    learner = await createLearner({ ...options, trustedItems: false });
    closing = new AbortController();
    acknowledged.clear();
  });
  afterEach(async () => {
    closing.abort();
    await learner.close();
    await pool.end();
    await database.drop();
  });

  /** Puts `value` into one word of an item's row, as if memory had been damaged. */
  function damage(row: number, word: number, value: number): void {
    const values = new Float32Array(strideOf('item', DIM)).fill(0.1);
    values[word] = value;
    learner.sink.write('item', Uint32Array.of(row), new Uint32Array(values.buffer));
  }

  /** Every shopper takes `first`, then `second`. */
  const visits = (shoppers: number, [first, second]: readonly [string, string], run: string): LogEvent[] =>
    Array.from({ length: shoppers }, (_, n) =>
      [first, second].map((item, k) => ({ id: `${run}-${n}-${k}`, type: 'view', user: `${run.charCodeAt(0).toString(16)}${n}`.padStart(16, '0') as UserRef, item, ts: 1_790_000_000_000 + 2 * n + k })),
    ).flat();

  async function append(events: readonly LogEvent[]): Promise<number> {
    const keys = events.map(({ id }) => ({ id: eventKey('p', id), body: bodyHash(id) }));
    const { seq } = await postgresEntryLog(pool).append({ body: { kind: 'events', events }, keys, source: 'http', receivedAt: 1_790_000_000_000, historical: false });
    for (const { id } of events) acknowledged.add(id);
    return seq ?? 0;
  }

  interface RunningLoop {
    reaches(seq: number): Promise<void>;
    /** Resolves with the error that ended it, if any. */
    readonly done: Promise<unknown>;
  }

  async function startLoop(): Promise<RunningLoop> {
    const deltas = postgresDeltaLog({ pool, clock: systemClock });
    const lease = await deltas.lead(closing.signal);
    const common = { announcer: memoryAnnouncer(), clock: systemClock, metrics: createMetrics({ processMetrics: false }), log: silentLogger };
    const publisher = createPublisher({ deltas, ...common }, { position: START, epoch: lease.epoch, model: options.model, signal: closing.signal });
    let applied = 0;
    const presence = { ready: () => Promise.resolve() };
    const quality = createQualityRecorder({ quality: postgresQualityLog(pool), epoch: lease.epoch, ...common });
    const sampler = createSampler({ most: 1, time: 1 });
    const parts = { learner, publisher, presence, quality, sampler, budget: budgetOf(options), entries: postgresEntryLog(pool), deadLetters: postgresDeadLetters(pool), wake: createWake(), prequential: createPrequential(common.metrics) };
    const onApplied = (seq: number): void => void (applied = seq);
    const aside = { step: () => Promise.resolve(false), takeDue: () => undefined };
    const running = runLoop({ ...common, ...parts, aside, onApplied }, { ...options, pollMs: 20 }, { signal: closing.signal, flags: 0 });
    const done = running.then(() => undefined, (thrown: unknown) => thrown).finally(() => void lease.release());
    const ended = done.then((why) => Promise.reject(new Error('the loop has ended', { cause: why })));
    return { reaches: (seq) => Promise.race([until(`entry ${seq} is applied`, () => applied >= seq), ended]).then(() => undefined), done };
  }

  it('in an item: what would be learned from it is refused and kept with its reason, the neighbours are learned', async () => {
    const loop = await startLoop();
    await append([...visits(6, ['mug', 'lamp'], 'a'), ...visits(3, ['mug', 'poison'], 'b')]);
    await loop.reaches(1);
    // Rows are given in the order of the items' first events: mug 1, lamp 2, poison 3.
    damage(3, 0, Number.NaN);
    // These shoppers' histories have the item.
    const poisoned = visits(3, ['mug', 'lamp'], 'b').flatMap((event) => (event.item === 'lamp' ? [{ ...event, id: `${event.id}-again`, ts: event.ts + 1_000 }] : []));
    const last = await append([...visits(20, ['lamp', 'mug'], 'c'), ...poisoned, ...visits(20, ['lamp', 'mug'], 'd')]);
    await loop.reaches(last);
    closing.abort();
    expect(await loop.done).toBeUndefined();

    const letters = await postgresDeadLetters(pool).list({ limit: 100 });
    expect(letters.map(({ queue, code, payload }) => ({ queue, code, id: (JSON.parse(payload) as LogEvent).id })).toSorted((x, y) => x.id.localeCompare(y.id))).toEqual(
      poisoned.map(({ id }) => ({ queue: 'trainer', code: 'not_finite', id })),
    );
    await expectSoundLedger('F21: a poisoned item', database.url, acknowledged);
    // Loads the whole chain with all checks: nothing that isn't finite was published. Refused events still count as seen.
    await expectEffectOnce(database.url);
  });

  it('that got as far as the cut: the term ends, and nothing of it is committed', async () => {
    const loop = await startLoop();
    await append(visits(6, ['mug', 'lamp'], 'a'));
    await loop.reaches(1);
    // A negative sum of squares: the next step takes its root.
    damage(1, DIM + ITEM_TAIL.acc, -1e6);
    await append(visits(40, ['lamp', 'mug'], 'b'));
    expect(await loop.done).toMatchObject({ code: 'delta_value' });
    const committed = await pool.query<{ applied: number }>('select applied from freshet.trainer_state');
    expect(committed.rows[0]?.applied).toBe(1);
    await expectEffectOnce(database.url);
  });
});
