/**
 * The compute budget of a real trainer under a burst: every event is learned, replay is shed first and negatives second, both come back, and
 * what was learned with less comes out of the log again byte for byte.
 */
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { decodeDelta, type RoundSizes, sizesOf } from '@freshet/shared/codec/delta';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { replayDeltas } from '@freshet/trainer/reproduce';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

/** So much for each example that a burst is one on any machine. */
const MODEL = { dim: 256, negatives: 64, replay: 8, batch: 4 } as const;
const LEAST = { replay: 0, negatives: 16 } as const;
const BURST = 20_000;
const BATCH = 1_000;
const LIMIT_MS = 120_000;

const acknowledged = new Set<string>();
let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'freshet-test-budget', onError: () => undefined });
});
afterAll(async () => {
  await endAll();
  await pool.end();
  await database.drop();
});

/** What the rounds of all versions had, oldest first. */
async function sizesSoFar(): Promise<RoundSizes[]> {
  const log = postgresDeltaLog({ pool, clock: systemClock });
  const found: RoundSizes[] = [];
  for (let version = 0; ; ) {
    const page = await log.read(version, 64);
    if (page.length === 0) return found;
    for (const { bytes } of page) found.push(sizesOf(decodeDelta(bytes).header) ?? MODEL);
    version += page.length;
  }
}

/** In order, each event a millisecond after the one before: all but a shopper's first one are examples. Returns how many, and the entry with the last. */
async function burst(shop: Shop): Promise<{ readonly head: number; readonly examples: number }> {
  const begin = Date.now() - BURST;
  const shoppers = new Set<string>();
  let head = 0;
  for (let n = 0; n < BURST; n += BATCH) {
    const events = visits('burst', n, BATCH).map((event, k) => ({ ...event, timestamp: begin + n + k }));
    for (const { user_id } of events) shoppers.add(user_id);
    head = await shop.send(events);
  }
  return { head, examples: BURST - shoppers.size };
}

test('a burst is learned whole with less replay, then fewer negatives; both come back; the log gives the same bytes again', { timeout: 240_000 }, async () => {
  const settings = Object.entries({ ...MODEL, 'budget-replay': LEAST.replay, 'budget-negatives': LEAST.negatives, 'max-items': 1_024, threads: 1 });
  const args = ['--database-url', database.url, '--demo', 'off', '--engine', 'wasm', '--publish', 'all', ...settings.flatMap(([name, value]) => [`--${name}`, String(value)])];
  const freshet = await startFreshet({ command: 'start', args });
  await freshet.ready();
  const shop = openShop(freshet.url, acknowledged);
  await shop.describe(documents());
  const { head, examples } = await burst(shop);
  await until('all is learned', async () => (await shop.latest()).learned_until >= head, LIMIT_MS);
  expect(await shop.metric('freshet_trainer_shed_examples_total', { kind: 'replayed' })).toBeGreaterThan(0);
  expect(await shop.metric('freshet_trainer_spent_examples_total', { kind: 'new' })).toBe(examples);
  await until('the budget is back at the model’s sizes', async () => (await shop.metric('freshet_trainer_replay_ratio')) === MODEL.replay, LIMIT_MS);
  expect(await shop.metric('freshet_trainer_negatives')).toBe(MODEL.negatives);
  await expectSoundLedger('budget', database.url, acknowledged);
  expect(acknowledged.size).toBe(BURST);
  expect((await freshet.stop()).code).toBe(0);

  const sizes = await sizesSoFar();
  console.info(`rounds: ${sizes.length}, the least: R ${Math.min(...sizes.map(({ replay }) => replay))}, K ${Math.min(...sizes.map(({ negatives }) => negatives))}`);
  expect(sizes[0]).toMatchObject({ replay: MODEL.replay, negatives: MODEL.negatives });
  expect(sizes.at(-1)).toMatchObject({ replay: MODEL.replay, negatives: MODEL.negatives });
  expect(Math.min(...sizes.map(({ replay }) => replay))).toBeLessThan(MODEL.replay);
  for (const { replay, negatives } of sizes) if (negatives < MODEL.negatives) expect(replay).toBe(LEAST.replay);

  const stores = { entries: postgresEntryLog(pool), deltas: postgresDeltaLog({ pool, clock: systemClock }), snapshots: postgresSnapshotStore(pool) };
  const again = await replayDeltas(stores, { ...resolveTrainerOptions({ model: MODEL, threads: 1, engine: 'wasm', maxItems: 1_024, publish: 'all' }) });
  expect(again.difference).toBeUndefined();
  expect(again.versions).toBe((await stores.deltas.state()).version);
});
