/** The demo shop of the command: fills an empty database, comes back to its own, keeps away from a shop's. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import { decodePayload } from '@freshet/shared/codec/payload';
import { demoCatalogue, toItemDocuments } from 'freshet/demo/catalogue';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents } from '../support/small-shop.js';
import { until } from '../support/until.js';

/** 15 categories of 40, and the short past that comes with them. */
const DEMO_ITEMS = 600;
const DEMO_PAST = 8_000;
/** Turns of the log's own heartbeat in which a demo of 20 events a second would have been heard. */
const BEATS = 3;

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await endAll();
  await database.drop();
});
afterAll(endAll);

async function start(...args: string[]): Promise<{ freshet: FreshetCommand; shop: Shop }> {
  const freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--max-items', '4096', ...args] });
  await freshet.ready();
  return { freshet, shop: openShop(freshet.url) };
}

interface Counts {
  /** Entries of the catalogue, changes in them, events, events that are no back-fill, heartbeats. */
  readonly catalogues: number;
  readonly changes: number;
  readonly events: number;
  readonly live: number;
  readonly beats: number;
}

async function countLog(): Promise<Counts> {
  const client = await connectClient({ url: database.url, applicationName: 'demo-test', onError: () => undefined });
  try {
    const found = await client.query<{ key: keyof Counts; n: number }>(`
      select 'catalogues' as key, count(*) as n from freshet.log_entry where kind = 'catalogue'
      union all select 'changes', coalesce(sum(count), 0)::bigint from freshet.log_entry where kind = 'catalogue'
      union all select 'events', coalesce(sum(count), 0)::bigint from freshet.log_entry where kind = 'events'
      union all select 'live', coalesce(sum(count), 0)::bigint from freshet.log_entry where kind = 'events' and not historical
      union all select 'beats', count(*) from freshet.log_entry where source = 'heartbeat'`);
    return Object.fromEntries(found.rows.map(({ key, n }) => [key, n])) as unknown as Counts;
  } finally {
    await client.end();
  }
}

const countedWhen = (what: string, holds: (counts: Counts) => boolean): Promise<Counts> =>
  until(what, async () => {
    const counts = await countLog();
    return holds(counts) && counts;
  });

async function eventIds(): Promise<Set<string>> {
  const client = await connectClient({ url: database.url, applicationName: 'demo-test', onError: () => undefined });
  try {
    const { rows } = await client.query<{ payload: Buffer }>(`select payload from freshet.log_entry where kind = 'events'`);
    return new Set(rows.flatMap(({ payload }) => {
      const body = decodePayload('events', payload);
      return body.kind === 'events' ? body.events.map((event) => event.id) : [];
    }));
  } finally {
    await client.end();
  }
}

test('an empty database is filled, the printed commands work, and a second start goes on with the shoppers', async () => {
  const first = await start('--demo-rate', '100');
  // Ready means filled: nobody's first list is empty.
  expect((await first.shop.recommend('nobody', { limit: 20 })).items).toHaveLength(20);
  await until('it says that it is ready', () => first.freshet.stdout().includes('\nready;'));
  const filled = await countedWhen('shoppers have come', (counts) => counts.live >= 100);
  expect(filled).toMatchObject({ changes: DEMO_ITEMS });
  expect(filled.events - filled.live).toBe(DEMO_PAST);

  expect(first.freshet.stdout()).toContain(`Open ${first.shop.url} to watch it learn.`);
  const commands = first.freshet.stdout().split('\n').filter((line) => line.trim().startsWith('curl '));
  expect(commands).toHaveLength(2);
  const [post, ask] = commands.map((command) => ({ run: async () => JSON.parse((await promisify(execFile)('sh', ['-c', command])).stdout) as Record<string, unknown> }));
  const stranger = await ask?.run();
  expect(stranger).toMatchObject({ fallback: 'trending' });
  const sequence = Number((await post?.run())?.['sequence']);
  await first.shop.latest({ after_sequence: sequence });
  const known = await ask?.run();
  expect(known).toMatchObject({ fallback: 'personal' });
  expect(known?.['items']).not.toEqual(stranger?.['items']);

  expect((await first.freshet.stop()).code).toBe(0);
  const between = await countLog();
  const second = await start('--demo-rate', '100');
  const later = await countedWhen('shoppers have come back', (counts) => counts.live >= between.live + 100);
  expect(later.changes).toBe(DEMO_ITEMS);
  expect(later.events - later.live).toBe(DEMO_PAST);
  await expectSoundLedger('demo', database.url, await eventIds());
  // Its shoppers are kept in step by the clock, not by what is in the way: it ends in the middle of them.
  expect((await second.freshet.stop()).code).toBe(0);
});

test('with --demo off nothing is posted', async () => {
  await start('--demo', 'off');
  const counts = await countedWhen('heartbeats', ({ beats }) => beats >= BEATS);
  expect(counts).toMatchObject({ changes: 0, events: 0 });
  await expectSoundLedger('demo off', database.url, new Set());
});

test('a shop’s own data is left alone', async () => {
  const off = await start('--demo', 'off');
  await off.shop.describe(documents());
  await off.shop.send([{ id: 'own', type: 'view', user_id: 'ada', item_id: 'mugs-1' }]);
  expect((await off.freshet.stop()).code).toBe(0);
  const before = await countLog();
  const on = await start('--demo-rate', '100');
  await until('it says that it is ready', () => on.freshet.stdout().includes('\nready;'));
  const after = await countedWhen('heartbeats', ({ beats }) => beats >= before.beats + BEATS);
  expect(after).toMatchObject({ changes: before.changes, events: 1 });
  await expectSoundLedger('own data', database.url, new Set(['own']));
});

test('a demo that an earlier release has filled gets this release’s catalogue, and nothing else anew', async () => {
  const before = await start('--demo-rate', '100');
  const [item = { id: '' }] = toItemDocuments(demoCatalogue(1));
  await before.shop.describe([{ id: item.id, title: 'Plainly Speckled Mug', price: 12.95 }]);
  expect((await before.freshet.stop()).code).toBe(0);
  const filled = await countLog();
  const after = await start('--demo-rate', '100');
  expect((await after.shop.get(`/v1/items/${item.id}`)).body).toMatchObject(item);
  const counts = await countLog();
  expect(counts.changes).toBe(filled.changes + DEMO_ITEMS);
  expect(counts.events - counts.live).toBe(DEMO_PAST);
});
