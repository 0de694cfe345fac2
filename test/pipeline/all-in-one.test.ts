/** The command itself on an empty data directory: first answer, Ctrl-C, start again, kills at random moments. Embedded Postgres. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idsOf, openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { embeddedUrl, expectSoundLedger } from '../support/settled-ledger.js';
import { categoryOf, documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const FIRST_ANSWER_MS = 30_000;
const STOP_MS = 10_000;
const KILLS = 3;

/** One data directory and one ledger for the whole file: what an earlier test was told is accepted must outlive the later ones. */
const acknowledged = new Set<string>();
let dataDir: string;
let freshet: FreshetCommand;
let shop: Shop;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'freshet-all-in-one-'));
  // As root the embedded server runs as another user, who has to enter it.
  await chmod(dataDir, 0o755);
});
afterAll(async () => {
  await endAll();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  freshet = await startFreshet({ command: 'start', args: ['--data-dir', dataDir, '--demo', 'off'] });
  shop = openShop(freshet.url, acknowledged);
  await freshet.ready();
}

const soundLedger = async (scenario: string) => expectSoundLedger(scenario, await embeddedUrl(dataDir), acknowledged);

test('from an empty data directory to the first recommendation it takes less than 30 s', async () => {
  const began = performance.now();
  await start();
  await shop.describe(documents());
  const list = await until('a list with items', async () => {
    const answer = await shop.recommend('ada');
    return answer.items.length > 0 && answer;
  });
  const ms = performance.now() - began;
  expect(ms).toBeLessThan(FIRST_ANSWER_MS);
  expect(list.items.length).toBe(20);
  console.info(`start to first recommendation: ${Math.round(ms)} ms`);
});

test('an event is received, queued, trained, served, and changes its shopper’s list', async () => {
  const before = await shop.recommend('ada', { limit: 5 });
  const sequence = await shop.send([{ id: 'first-event', type: 'view', user_id: 'ada', item_id: 'lamps-3' }]);
  const trace = await until('the event is served', async () => {
    const found = await shop.trace('first-event');
    return found?.state === 'served' && found;
  });
  expect(trace.sequence).toBe(sequence);
  const times = [trace.received.at, trace.queued?.at, trace.trained?.at, trace.served?.at].map((at) => Date.parse(at ?? ''));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(trace.served?.version).toBe(trace.trained?.version);
  const after = await shop.recommend('ada', { limit: 5, after_sequence: sequence });
  expect(after.fallback).toBe('personal');
  expect(after.model_version).toBeGreaterThanOrEqual(trace.served?.version ?? Number.NaN);
  expect(after.learned_until).toBeGreaterThanOrEqual(sequence);
  expect(idsOf(after)).not.toEqual(idsOf(before));
  await soundLedger('walking skeleton');
});

test('Ctrl-C drains within 10 s, and a start on the same data knows what it knew', async () => {
  for (let n = 0; n < 1_200; n += 100) await shop.send(visits('before', n, 100));
  const last = await shop.send([{ id: 'last-before', type: 'view', user_id: 'ada', item_id: 'lamps-4' }]);
  const before = await shop.recommend('ada', { limit: 10, after_sequence: last });
  expect(idsOf(before).slice(0, 3).map(categoryOf)).toEqual(['lamps', 'lamps', 'lamps']);
  const exit = await freshet.stop('SIGINT');
  expect(exit).toMatchObject({ code: 0, signal: null });
  expect(exit.ms).toBeLessThan(STOP_MS);
  console.info(`Ctrl-C to the end: ${Math.round(exit.ms)} ms`);

  await start();
  const after = await shop.recommend('ada', { limit: 10 });
  expect(after.fallback).toBe('personal');
  expect(after.model_version).toBeGreaterThanOrEqual(before.model_version);
  expect(after.learned_until).toBeGreaterThanOrEqual(last);
  expect(idsOf(after).slice(0, 3).map(categoryOf)).toEqual(['lamps', 'lamps', 'lamps']);
  const unseen = await shop.recommend('ada', { limit: 100, exclude_seen: true });
  expect(unseen.items.length).toBe(documents().length - 2);
  expect(idsOf(unseen)).not.toContain('lamps-3');
  expect(idsOf(unseen)).not.toContain('lamps-4');
});

test('what was sent before the restart is recognised when it is sent again, and no event is learned twice', async () => {
  const known = await soundLedger('started again');
  const again = await shop.post('/v1/events', visits('before', 0, 100));
  expect(again.status).toBe(202);
  expect(again.body).toMatchObject({ accepted: 0, duplicates: 100, rejected: 0 });
  expect((await soundLedger('sent again')).events).toBe(known.events);
});

test(`after SIGKILL of all its processes at ${KILLS} random moments under load every accepted event is there once`, { timeout: 120_000 }, async () => {
  for (let kill = 1; kill <= KILLS; kill++) {
    const load = sendUntilKilled(`kill-${kill}`);
    const victims = 5 + Math.floor(Math.random() * 60);
    await until('requests were answered', () => load.answered() >= victims);
    await freshet.killTree();
    await load.done;
    console.info(`kill ${kill}: after ${load.answered()} answered requests`);
    await start();
    // A shop that got no answer sends again, with the same ids.
    for (const events of load.unanswered()) await shop.send(events);
    await soundLedger(`kill ${kill}`);
  }
  const list = await shop.recommend('ada', { limit: 10 });
  expect(list.fallback).toBe('personal');
});

/** Four connections that send until nobody answers any more. */
function sendUntilKilled(run: string) {
  const unanswered: ReturnType<typeof visits>[] = [];
  const target = shop;
  let next = 0;
  let answered = 0;
  const connection = async (): Promise<void> => {
    for (;;) {
      const events = visits(run, next, 20);
      next += 20;
      try {
        await target.send(events);
        answered++;
      } catch {
        unanswered.push(events);
        return;
      }
    }
  };
  const done = Promise.all(Array.from({ length: 4 }, connection));
  return { done, answered: () => answered, unanswered: () => unanswered };
}
