/**
 * Refused events and what becomes of them, with real processes and the real command line: listed, refused again, taken in once
 * after the cause is mended (a type declared, room for more items), followed into the model; and the log watched meanwhile.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { until } from '../support/until.js';

const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const MODEL = ['--dim', '16', '--negatives', '16'];
const ITEMS = 80;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('dead letters', () => {
  let database: TestDatabase;
  let ingest: FreshetCommand;
  let trainer: FreshetCommand;
  let serving: FreshetCommand;
  let shop: Shop;
  const acknowledged = new Set<string>();

  const start = async (command: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<FreshetCommand> => {
    const started = await startFreshet({ command, args, env: { DATABASE_URL: database.url, ...env } });
    await started.ready();
    return started;
  };
  const startModel = async (maxItems: number): Promise<void> => {
    const args = [...MODEL, '--max-items', String(maxItems), '--event-types', 'gaze=1'];
    [trainer, serving] = await Promise.all([start('trainer', args), start('serving', args)]);
  };

  beforeAll(async () => {
    database = await createDatabase();
    [ingest] = await Promise.all([start('ingest'), startModel(64)]);
    shop = openShop(ingest.url, acknowledged);
  });
  afterAll(async () => {
    await endAll();
    await database?.drop();
  });

  function freshet(words: readonly string[], url: string): ChildProcess {
    const env = { ...process.env, FRESHET_URL: url, NO_COLOR: '1' };
    return spawn(process.execPath, [MAIN, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function run(words: readonly string[], url = ingest.url): Promise<Ran> {
    const child = freshet(words, url);
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }
  const json = async (words: readonly string[], url?: string): Promise<{ code: number | null; result: Record<string, unknown> }> => {
    const { code, stdout } = await run([...words, '--json'], url);
    return { code, result: JSON.parse(stdout) as Record<string, unknown> };
  };

  it('hold what was refused and why, over REST and on the command line', async () => {
    const gaze = { type: 'gaze', user_id: 'ada', item_id: 'mug', timestamp: 1_790_000_000_000 };
    const body = JSON.stringify([gaze, { ...gaze, id: 'long', text: 'x'.repeat(6_000) }]);
    for (const _ of ['sent', 'sent again, as after a timeout']) {
      const reply = await fetch(`${ingest.url}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': 'once' }, body });
      expect(await reply.json()).toMatchObject({ accepted: 0, rejected: 2 });
    }
    await until('they are kept', async () => ((await shop.get('/v1/dead-letters')).body['dead_letters'] as unknown[]).length === 4);

    const { code, result } = await json(['dead-letters', 'list', '--code', 'unknown_type']);
    expect(code).toBe(0);
    const letters = result['dead_letters'] as { payload: string }[];
    expect(letters).toMatchObject([{ redrivable: false }, { redrivable: true, queue: 'ingest', source: 'http', code: 'unknown_type', pointer: '/type' }, { redrivable: false }, { redrivable: true }]);
    // Both sendings of it are the same event, though it had no id.
    expect(letters[1]?.payload).toBe(letters[3]?.payload);
    const table = await run(['dead-letters', 'list', '--limit', '2']);
    expect(table.stdout.split('\n')).toEqual([expect.stringMatching(/^id +refused +by +from +why +detail +event$/), expect.stringMatching(/ ingest +http +unknown_type \/type /), expect.stringContaining('"gaze"'), '']);

    const page = (await shop.get('/v1/dead-letters?limit=3')).body;
    const rest = (await shop.get(`/v1/dead-letters?limit=3&cursor=${String(page['next_cursor'])}`)).body;
    expect([page['dead_letters'], rest['dead_letters']].map((some) => (some as unknown[]).length)).toEqual([3, 1]);
    expect(rest['next_cursor']).toBeUndefined();
  });

  it('stay when nothing has changed, and a redrive that leaves some ends with 1', async () => {
    const { code, result } = await json(['dead-letters', 'redrive', '--code', 'unknown_type']);
    expect(code).toBe(1);
    expect(result).toMatchObject({ redriven: 0, kept: 4, not_found: 0, reasons: { unknown_type: 2, not_redrivable: 2 } });
    expect((await shop.get('/v1/dead-letters')).body['dead_letters']).toHaveLength(4);
    expect((await run(['dead-letters', 'redrive'])).code).toBe(2);
    expect(await shop.post('/v1/dead-letters:redrive', {})).toMatchObject({ status: 422, body: { code: 'missing_field' } });
    expect(await shop.post('/v1/dead-letters:redrive', { every: true })).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
  });

  it('are taken in once when their type has been declared, and come as far as any event', async () => {
    await ingest.stop();
    ingest = await start('ingest', ['--event-types', 'gaze=1']);
    shop = openShop(ingest.url, acknowledged);
    const both = await Promise.all([1, 2].map(() => shop.post('/v1/dead-letters:redrive', { code: 'unknown_type' })));
    const outcomes = both.flatMap(({ body }) => body['results'] as { status: string; event_id?: string }[]);
    const accepted = outcomes.filter(({ status }) => status === 'accepted');
    expect(accepted).toHaveLength(1);
    const id = accepted[0]?.event_id ?? '';
    acknowledged.add(id);
    const reads = openShop(serving.url);
    const trace = await until('it is served', async () => {
      const found = await reads.trace(id);
      return found?.state === 'served' && found;
    });
    expect(trace.sequence).toBeGreaterThan(0);

    const left = (await json(['dead-letters', 'list'])).result['dead_letters'] as { id: number }[];
    expect(left).toHaveLength(2);
    expect(await run(['dead-letters', 'delete', ...left.map((letter) => String(letter.id))])).toMatchObject({ code: 0, stdout: expect.stringContaining('deleted') as string });
    expect(await run(['dead-letters', 'delete', String(left[0]?.id)])).toMatchObject({ code: 1, stderr: expect.stringContaining('No dead letter') as string });
    expect((await run(['dead-letters', 'list'])).stdout).toBe('no dead letters\n');
  });

  it('of a trainer without room are learned when there is room', async () => {
    const events = Array.from({ length: ITEMS }, (_, n) => ({ id: `item-${n}`, type: 'view', user_id: `shopper-${n}`, item_id: `item ${n}` }));
    await shop.send(events);
    const full = await until('the trainer has refused the items it has no room for', async () => {
      const letters = (await shop.get('/v1/dead-letters?queue=trainer&limit=1000')).body['dead_letters'] as { code: string; redrivable: boolean }[];
      return letters.length >= ITEMS - 64 && letters;
    });
    expect(full.every(({ code, redrivable }) => code === 'items_full' && redrivable)).toBe(true);
    await Promise.all([trainer.stop(), serving.stop()]);
    await startModel(4_096);
    const { code, result } = await json(['dead-letters', 'redrive', '--queue', 'trainer']);
    expect([code, result['kept']]).toEqual([0, 0]);
    expect(result['redriven']).toBeGreaterThanOrEqual(ITEMS - 64);
    // All of them, and the mug.
    await until('every item has a row', async () => (await openShop(trainer.url).metric('freshet_table_rows', { table: 'item' })) === ITEMS + 1);
    await expectSoundLedger('redriven events', database.url, acknowledged);
  });

  it('and everything else can be watched as it comes into the log', async () => {
    const newest = await json(['events', 'tail', '--limit', '3'], serving.url);
    expect(newest).toMatchObject({ code: 0, result: { events: [{ source: 'redrive', historical: true }, { type: 'view' }, { item_id: expect.stringMatching(/^item \d+$/) as string }] } });
    expect(JSON.stringify(newest)).not.toContain('shopper-');
    expect((await run(['events', 'tail', '--type', 'gaze'], serving.url)).stdout).toMatch(/^received .*\n\S+ +\d+ +gaze +[0-9a-f]{16} +mug +redrive/);

    const following = freshet(['events', 'tail', '--follow', '--json', '--limit', '0', '--type', 'cart'], serving.url);
    const ended = once(following, 'exit') as Promise<[number | null]>;
    let lines = '';
    following.stdout?.setEncoding('utf8').on('data', (text: string) => (lines += text));
    let sent = 0;
    await until('an event is shown', async () => {
      await shop.send([{ id: `watched-${sent++}`, type: 'cart', user_id: 'ada', item_id: 'mug' }]);
      return lines.includes('\n');
    });
    expect(lines.split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { type: string }).type)).toContain('cart');
    following.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  it('or not, where nothing listens', async () => {
    const { code, stderr } = await run(['events', 'tail', '--url', 'http://127.0.0.1:9']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('nothing answers at http://127.0.0.1:9')]);
    expect((await run(['events', 'tail', '--limit', 'all'])).code).toBe(2);
  });
});
