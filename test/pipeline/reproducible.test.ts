/** Reproducible mode: what a live trainer published, in rounds as they came and over a restart, comes out of the log again byte for byte. */
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { type ReproduceOptions, replayDeltas } from '@freshet/trainer/reproduce';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop } from '../support/api-client.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { endAll, startFreshet } from '../support/freshet-command.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const EVENTS = 3_000;
const BATCH = 50;
const SETTINGS = { threads: 1, maxItems: 1_024 } as const;

const acknowledged = new Set<string>();
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

/** Learns `count` events live, from several connections at once, and ends as told. */
async function live(first: number, count: number, end: 'stop' | 'kill'): Promise<void> {
  const args = ['--database-url', database.url, '--demo', 'off', '--threads', String(SETTINGS.threads), '--publish', 'all', '--max-items', String(SETTINGS.maxItems)];
  const freshet = await startFreshet({ command: 'start', args });
  await freshet.ready();
  const shop = openShop(freshet.url, acknowledged);
  if (first === 0) await shop.describe(documents());
  const known = (await shop.latest()).learned_until;
  const batches = Array.from({ length: count / BATCH }, (_, n) => visits('live', first + n * BATCH, BATCH));
  const connection = async (): Promise<void> => {
    for (let events = batches.pop(); events !== undefined; events = batches.pop()) await shop.send(events);
  };
  await Promise.all(Array.from({ length: 3 }, connection));
  const head = await shop.send(visits('last', first, 1));
  if (end === 'kill') {
    await until('it has published something', async () => (await shop.latest()).learned_until > known);
    return freshet.killTree();
  }
  await until('all is learned', async () => (await shop.latest()).learned_until >= head);
  await expectSoundLedger(`reproducible, ${first + count} events`, database.url, acknowledged);
  expect((await freshet.stop()).code).toBe(0);
}

async function replay(options: Partial<ReproduceOptions> = {}) {
  const pool = createPool({ url: database.url, applicationName: 'freshet-test-replay', onError: () => undefined });
  try {
    const stores = { entries: postgresEntryLog(pool), deltas: postgresDeltaLog({ pool, clock: systemClock }), snapshots: postgresSnapshotStore(pool) };
    return { ...(await replayDeltas(stores, { ...resolveTrainerOptions({ ...SETTINGS, publish: 'all' }), ...options })), state: await stores.deltas.state() };
  } finally {
    await pool.end();
  }
}

test('the log learned from scratch gives the same bytes in every delta, over a restart and a kill', async () => {
  await live(0, EVENTS / 3, 'stop');
  await live(EVENTS / 3, EVENTS / 3, 'kill');
  await live((2 * EVENTS) / 3, EVENTS / 3, 'stop');
  const again = await replay();
  console.info(`replayed: ${again.versions} deltas, ${again.starts} starts, ${again.entries} entries, ${again.bytes} bytes, differing: ${again.difference?.what ?? 'none'}`);
  expect(again.difference).toBeUndefined();
  expect(again.versions).toBe(again.state.version);
  expect(again.entries).toBe(again.state.applied);
  expect(again.checksum.equals(again.state.checksum)).toBe(true);
  expect(again.starts).toBe(3);
});

test('another seed does not give them', async () => {
  const { model } = resolveTrainerOptions();
  const again = await replay({ model: { ...model, seed: model.seed + 1 } });
  expect(again.difference).toBeDefined();
});
