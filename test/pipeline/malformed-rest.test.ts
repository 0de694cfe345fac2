/**
 * What malformed input does to a real process: every row of the tables in ./malformed gets its documented answer, its good
 * neighbours are in the log once, the process lives on, counts fit, and its memory doesn't grow with the rows sent.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { BODY_GROUPS } from './malformed/bodies.js';
import { EVENT_GROUPS } from './malformed/event-fields.js';
import { ITEM_GROUPS } from './malformed/items.js';
import { READ_GROUPS } from './malformed/reads.js';
import type { Expected, Group, Row } from './malformed/row.js';
import { type Answer, send, sendBytes, sendEndlessly, statusesOf } from './malformed/send.js';
import { ENDLESS, TIMEOUT_CHECK_MS, WIRE_GROUPS, type WireRow } from './malformed/wire.js';

const GROUPS: readonly Group[] = [...EVENT_GROUPS, ...BODY_GROUPS, ...ITEM_GROUPS, ...READ_GROUPS];
const SLACK_MS = 5_000;

let database: TestDatabase;
let freshet: FreshetCommand;
let shop: Shop;
let endless: Promise<readonly { readonly ms: number; readonly said: string }[]>;
const acknowledged = new Set<string>();
const counts = { accepted: 0, rejected: 0 };
const answered = new Map<number, number>();

beforeAll(async () => {
  database = await createDatabase();
  freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--demo', 'off', '--max-items', '4096'] });
  await freshet.ready();
  shop = openShop(freshet.url, acknowledged);
  // They last as long as the limits they meet: beside everything else.
  endless = Promise.all(ENDLESS.map((one) => sendEndlessly(freshet.url, one)));
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

interface IntakeBody {
  readonly items: readonly { readonly id?: string; readonly status: string; readonly problem?: { readonly code: string; readonly pointer: string } }[];
}

function outcomes({ items }: IntakeBody): string[] {
  return items.map(({ status, problem }) => (problem === undefined ? status : `${problem.code} ${problem.pointer}`));
}

/** As a row expects it, so that a difference shows both in the same words. */
function shapeOf({ status, headers, text }: Answer, expected: Expected): Expected {
  const body = text === '' || !(headers['content-type'] ?? '').includes('json') ? {} : (JSON.parse(text) as { readonly code?: string; readonly errors?: readonly { readonly pointer: string }[] } & Partial<IntakeBody>);
  const name = expected.header?.[0];
  return {
    status,
    ...(body.code === undefined ? {} : { code: body.code }),
    ...(expected.pointer === undefined ? {} : { pointer: body.errors?.[0]?.pointer ?? 'none' }),
    ...(expected.items === undefined ? {} : { items: outcomes({ items: body.items ?? [] }) }),
    ...(name === undefined ? {} : { header: [name, String(headers[name])] as const }),
  };
}

/** `round` and the row make every id its own. */
async function run(row: Row, place: string): Promise<Answer> {
  const sent = row.request((name) => `${place}-${name}`);
  const answer = await send(freshet.url, sent);
  if (sent.path.startsWith('/v1/events') && sent.method === 'POST') remember(answer);
  return answer;
}

function remember({ status, text }: Answer): void {
  answered.set(status, (answered.get(status) ?? 0) + 1);
  if (status !== 202) return;
  for (const { id, status: one } of (JSON.parse(text) as IntakeBody).items) {
    if (one === 'accepted') counts.accepted++;
    else counts.rejected++;
    if (one === 'accepted' && id !== undefined) acknowledged.add(id);
  }
}

async function runWire({ bytes, statuses, leaves = false }: WireRow, place: string): Promise<string> {
  const text = typeof bytes === 'string' ? bytes.replaceAll('$id', place.padEnd(3).slice(0, 3)) : bytes;
  return sendBytes(freshet.url, { bytes: text, answers: statuses.length, leaves });
}

describe.each(GROUPS)('$title', ({ title, rows }) => {
  test.each(rows)('$name', async (row) => {
    const answer = await run(row, `${title.length}-${rows.indexOf(row)}-first`);
    expect(shapeOf(answer, row.expected)).toEqual(row.expected);
    if (row.expected.code !== undefined) expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

describe.each(WIRE_GROUPS)('$title', ({ rows }) => {
  test.each(rows)('$name', async (row) => {
    const said = await runWire(row, 'w1');
    expect(statusesOf(said)).toEqual(row.statuses);
    if (row.code !== undefined) expect(said.slice(said.lastIndexOf('HTTP/1.1 '))).toContain(`"code":"${row.code}"`);
  });
});
