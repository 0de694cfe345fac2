/**
 * What malformed input does to a real process: every row of the tables in ./malformed gets its documented answer, its good
 * neighbours are in the log once, the counts fit, endless requests are ended, and memory doesn't grow with the rows sent.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { type Held, heldMemory, PROBED } from '../support/memory.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { AS_LINES } from './malformed/event-fields.js';
import { createRunner, inLanes, type Runner, shapeOf } from './malformed/run.js';
import { sendEndlessly, statusesOf } from './malformed/send.js';
import { GROUPS } from './malformed/tables.js';
import { ENDLESS, TIMEOUT_CHECK_MS, WIRE_GROUPS } from './malformed/wire.js';

const ROUNDS = 10;
const WARM_UP_ROUNDS = 3;
const LANES = 6;
/**
 * Growth after the warm-up, garbage collected. The process keeps what it has to say about its last 4,096 versions (1 KB each,
 * some 150 a round): that is the only thing that may grow. A leak of 1 KB a request would be 2 MB more.
 */
const HEAP_GROWTH_MB = 3;
/** The allocator gives pages back late, V8 lets its spaces grow first: a bound against bodies that stay, nothing finer. */
const RESIDENT_GROWTH_MB = 64;
/** A busy machine's timers are late. */
const LATE_MS = 10_000;

let database: TestDatabase;
let freshet: FreshetCommand;
let shop: Shop;
let runner: Runner;
let endless: Promise<readonly { readonly ms: number; readonly said: string }[]>;

beforeAll(async () => {
  database = await createDatabase();
  freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--demo', 'off', '--max-items', '4096'], env: PROBED });
  await freshet.ready();
  shop = openShop(freshet.url);
  runner = createRunner(freshet.url);
  // They last as long as the limits that end them: beside everything else.
  endless = Promise.all(ENDLESS.map((one) => sendEndlessly(freshet.url, one)));
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

describe.each(GROUPS.map((group, place) => ({ ...group, place })))('$title', ({ rows, place }) => {
  test.each(rows)('$name', async (row) => {
    const answer = await runner.run(row, `g${place}-${rows.indexOf(row)}`);
    expect(shapeOf(answer, row.expected)).toEqual(row.expected);
    if (row.expected.code !== undefined) expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

test('the process has counted what it has answered', async () => {
  const taken = (result: string): Promise<number> => shop.metric('freshet_ingest_events_total', { result });
  expect({ accepted: await taken('accepted'), rejected: await taken('rejected') }).toEqual(runner.events);
  expect(runner.events.accepted).toBeGreaterThan(500);
  for (const [status, count] of runner.answers) {
    expect([status, await shop.metric('freshet_http_request_duration_seconds_count', { route: '/v1/events', method: 'POST', code: String(status) })]).toEqual([status, count]);
  }
});

describe.each(WIRE_GROUPS)('$title', ({ rows }) => {
  test.each(rows)('$name', async (row) => {
    const said = await runner.runWire(row, 'w');
    expect(statusesOf(said)).toEqual(row.statuses);
    if (row.code !== undefined) expect(said.slice(said.lastIndexOf('HTTP/1.1 '))).toContain(`"code":"${row.code}"`);
  });
});

test('after all of it every good neighbour is in the log once, and nobody has logged an error', async () => {
  await expectSoundLedger('malformed input over REST', database.url, runner.acknowledged);
  expect(freshet.stderr()).not.toMatch(/"level":"(?:error|fatal)"/);
  expect((await shop.get('/readyz')).status).toBe(200);
});

test(`memory stays flat over ${ROUNDS} more rounds of the tables`, async () => {
  const rows = GROUPS.flatMap((group) => group.rows).filter(({ name }) => !name.endsWith(AS_LINES));
  const wire = WIRE_GROUPS.flatMap((group) => group.rows);
  const held: Held[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await inLanes(LANES, rows, async (row, index) => {
      const answer = await runner.run(row, `r${round}-${index}`);
      if (answer.status !== row.expected.status) throw new Error(`${row.name}: ${answer.status} in round ${round}`);
    });
    await inLanes(LANES, wire, async (row) => void (await runner.runWire(row, `${round}`)));
    held.push(await heldMemory(freshet));
  }
  const shown = held.map(({ heapMb, residentMb }) => `${heapMb.toFixed(1)}/${residentMb.toFixed(0)}`).join(' ');
  console.info(`${rows.length + wire.length} requests a round; heap/resident MB after each: ${shown}`);
  const [early, late] = [held[WARM_UP_ROUNDS - 1], held.at(-1)];
  expect((late?.heapMb ?? 0) - (early?.heapMb ?? 0)).toBeLessThan(HEAP_GROWTH_MB);
  expect((late?.residentMb ?? 0) - (early?.residentMb ?? 0)).toBeLessThan(RESIDENT_GROWTH_MB);
}, 240_000);

test('requests that never end are ended at their limit, with a problem', async () => {
  for (const [place, { ms, said }] of (await endless).entries()) {
    const limit = ENDLESS[place]?.limitMs ?? 0;
    expect(ms).toBeGreaterThan(limit - 100);
    expect(ms).toBeLessThan(limit + TIMEOUT_CHECK_MS + LATE_MS);
    expect(statusesOf(said)).toEqual([408]);
    expect(said).toContain('"code":"request_timeout"');
  }
}, 90_000);
