/**
 * `freshet import` against a real ingest: killed at any point it loses nothing and doubles nothing; it waits where it is asked
 * to, ends as a person ends it, and says everything in one document.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { randomUnit } from '@freshet/shared/domain/random';
import type { FileResult } from 'freshet/import/result';
import { readState, STATE_DIR } from 'freshet/import/state';
import { readSource } from 'freshet/replay/source';
import { openShop } from '../support/api-client.js';
import { type FreshetProcess, launchFreshet } from '../support/freshet-process.js';
import { type ImportEnd, launchImport, readLog } from '../support/import-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

const COLUMNS = ['--columns', 'user=who,item=what,time=when,type=kind'];
const BAD_EVERY = 997;

const root = fileURLToPath(new URL('../..', import.meta.url));
const retail = join(process.env['FRESHET_DATA'] ?? join(root, '../shared/data'), 'online-retail-ii/online_retail_2009_2010.csv.gz');
const present = existsSync(retail);
if (!present) console.warn(`SKIPPED: there is no ${retail}; set FRESHET_DATA to import real data.`);

let database: TestDatabase;
let ingest: FreshetProcess;
let cwd: string;

beforeEach(async () => {
  database = await createDatabase();
  ingest = launchFreshet('ingest', { databaseUrl: database.url, queueUrl: undefined });
  cwd = mkdtempSync(join(tmpdir(), 'freshet-import-'));
  await ingest.ready;
});
afterEach(async () => {
  await ingest.kill();
  await database.drop();
  rmSync(cwd, { recursive: true, force: true });
});

/** `count` rows that differ; every 997th has a type that nobody knows, every 997th another no shopper. */
function events(count: number): string {
  const row = (n: number): string => `${n % BAD_EVERY === 500 ? '' : `u${n % 701}`},i${n % 311},${1_700_000_000 + n},${n % BAD_EVERY === 100 ? 'juggle' : 'view'}`;
  return `who,what,when,kind\n${Array.from({ length: count }, (_, n) => row(n)).join('\n')}\n`;
}

function bad(count: number): { readonly juggle: number; readonly nobody: number } {
  const numbers = Array.from({ length: count }, (_, n) => n % BAD_EVERY);
  return { juggle: numbers.filter((n) => n === 100).length, nobody: numbers.filter((n) => n === 500).length };
}

async function run(...args: string[]): Promise<ImportEnd> {
  return launchImport({ url: await ingest.url, cwd, args }).ended;
}

function documentOf({ stdout }: ImportEnd): FileResult {
  return JSON.parse(stdout) as FileResult;
}

/** The line up to which the only import in the directory is settled. */
function settledLine(): number {
  const [name] = existsSync(join(cwd, STATE_DIR)) ? readdirSync(join(cwd, STATE_DIR)).filter((file) => file.endsWith('.json')) : [];
  return name === undefined ? 0 : (readState(join(cwd, STATE_DIR, name))?.position.line ?? 0);
}

/** Kills the import each time it has come some random way further, then lets it end. */
async function killOften(args: readonly string[], { kills, stride, seed }: { readonly kills: number; readonly stride: number; readonly seed: number }): Promise<{ last: FileResult; killed: number }> {
  let killed = 0;
  for (let n = 0; n < kills; n++) {
    const target = settledLine() + Math.floor(randomUnit(seed, n, 0) * stride);
    const { child, ended } = launchImport({ url: await ingest.url, cwd, args });
    let hasEnded = false;
    void ended.then(() => (hasEnded = true));
    await until('some more rows are settled', () => hasEnded || settledLine() > target);
    child.kill('SIGKILL');
    if ((await ended).signal === 'SIGKILL') killed++;
  }
  const end = await run(...args);
  expect(end.stderr).toBe('');
  expect(end.code).toBe(0);
  return { last: documentOf(end), killed };
}

describe('an import that is killed', () => {
  it('again and again ends with every good row in the log once, in order, and every bad one told once', async () => {
    const COUNT = 30_000;
    writeFileSync(join(cwd, 'events.csv'), events(COUNT));
    const { last, killed } = await killOften(['events.csv', ...COLUMNS, '--rejects', 'bad.ndjson', '--json', '--quiet'], { kills: 6, stride: 7_000, seed: 1 });
    const { juggle, nobody } = bad(COUNT);
    expect(killed).toBeGreaterThanOrEqual(3);
    expect(last).toMatchObject({ rows: COUNT, rejected: juggle + nobody, complete: true });
    expect(last.accepted + last.duplicates).toBe(COUNT - juggle - nobody);
    // Only what was in flight at a kill is sent again: three requests of a thousand rows.
    expect(last.duplicates).toBeLessThanOrEqual(3_000 * killed);
    expect(last.reasons.map(({ code, by, count }) => [code, by, count])).toEqual(expect.arrayContaining([['unknown_type', 'server', juggle], ['no_user', 'reader', nobody]]));

    const { ids } = await readLog(database.url);
    expect(ids).toHaveLength(COUNT - juggle - nobody);
    expect(new Set(ids).size).toBe(ids.length);
    // Requests overtake each other by two at most.
    const lines = ids.map((id) => Number(id.split('-')[1]));
    const late = lines.map((line, place) => Math.max(...lines.slice(Math.max(0, place - 4_000), place), 0) - line);
    expect(Math.max(...late.filter((_, place) => place % 250 === 0))).toBeLessThan(4_000);

    const rejects = readFileSync(join(cwd, 'bad.ndjson'), 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { row: number }).row);
    expect(rejects).toHaveLength(juggle + nobody);
    expect(new Set(rejects).size).toBe(rejects.length);
    console.info(`import killed ${killed} times: ${ids.length} events once, ${last.duplicates} rows sent twice and recognised`);
  });

  it.skipIf(!present)('in the middle of real invoices ends with as many events as a replay reads', async () => {
    const rows = gunzipSync(readFileSync(retail)).toString('utf8').split('\n').slice(0, 50_001);
    const path = join(cwd, 'retail.csv');
    writeFileSync(path, `${rows.join('\n')}\n`);
    const expected = await readSource({ paths: [path], preset: 'online-retail-ii' });
    const { last, killed } = await killOften([path, '--preset', 'online-retail-ii', '--json', '--quiet'], { kills: 3, stride: 15_000, seed: 2 });
    const { ids } = await readLog(database.url);
    expect(ids).toHaveLength(expected.events.length);
    expect(new Set(ids).size).toBe(ids.length);
    expect(last).toMatchObject({ rows: 50_000, rejected: expected.skipped.total, complete: true });
    expect(Object.fromEntries(last.reasons.map(({ detail, count }) => [detail, count]))).toEqual(expected.skipped.reasons);
    console.info(`online-retail-ii: ${ids.length} of 50,000 rows are events; killed ${killed} times`);
  });
});

describe('back-pressure', () => {
  it('is waited out; Ctrl-C ends the waiting and says how to go on, and the next run does', async () => {
    await ingest.kill();
    ingest = launchFreshet('ingest', { databaseUrl: database.url, queueUrl: undefined, args: ['--unapplied-items', '2000'] });
    await ingest.ready;
    const shop = openShop(await ingest.url);
    writeFileSync(join(cwd, 'first.csv'), events(3_000));
    writeFileSync(join(cwd, 'second.csv'), events(5_000));
    expect((await run('first.csv', ...COLUMNS)).code).toBe(0);
    await until('the backlog is seen', async () => (await shop.metric('freshet_inbox_unapplied_events')) >= 2_000);

    const held = launchImport({ url: await ingest.url, cwd, args: ['second.csv', ...COLUMNS] });
    await until('it says what it waits for', () => /^waiting: .*accepted items wait for the trainer.* Trying again in 5 s\.$/m.test(held.stderr()));
    held.child.kill('SIGINT');
    const stopped = await held.ended;
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toContain('second.csv: 0 rows imported so far');
    expect(stopped.stdout).toContain('To go on from here give the same command again');

    const trainer = launchFreshet('trainer', { databaseUrl: database.url, queueUrl: undefined });
    const end = await run('second.csv', ...COLUMNS, '--json');
    expect(documentOf(end)).toMatchObject({ rows: 5_000, duplicates: 0, complete: true });
    await trainer.kill();
  });
});

describe('the command', () => {
  it('imports a catalogue and events in one document of totals, and checks without writing', async () => {
    writeFileSync(join(cwd, 'items.csv'), 'sku,title,price\nm1,Mug,9\nm2,Cup,7\n,Lost,1\n');
    writeFileSync(join(cwd, 'events.csv'), 'user,item,type\na,m1,view\na,m2,purchase\nb,m1,juggle\n');
    const tried = await run('events.csv', '--items', 'items.csv', '--dry-run', '--json');
    expect(JSON.parse(tried.stdout)).toMatchObject({ rows: 6, accepted: 4, rejected: 2, files: [{ kind: 'items', dry_run: true }, { kind: 'events', dry_run: true }] });
    expect(await readLog(database.url)).toEqual({ ids: [], items: [] });
    const done = await run('events.csv', '--items', 'items.csv', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ rows: 6, accepted: 4, complete: true });
    const { ids, items } = await readLog(database.url);
    expect([ids.length, items]).toEqual([2, ['m1', 'm2']]);
  });

  it('reads standard input, where sending the same again doubles nothing', async () => {
    const send = async (): Promise<FileResult> => documentOf(await launchImport({ url: await ingest.url, cwd, args: ['-', ...COLUMNS, '--json'], stdin: Readable.from([events(300)]) }).ended);
    expect(await send()).toMatchObject({ rows: 300, accepted: 299, duplicates: 0 });
    expect(await send()).toMatchObject({ rows: 300, accepted: 0, duplicates: 299 });
    expect((await readLog(database.url)).ids).toHaveLength(299);
  });

  it('ends with 1 when nothing went in or nobody answers, with 2 when it can’t be used', async () => {
    writeFileSync(join(cwd, 'events.csv'), 'who,what,when,kind\na,1,1700000000,juggle\n');
    const rejected = await run('events.csv', ...COLUMNS);
    expect([rejected.code, rejected.stdout]).toEqual([1, expect.stringContaining('unknown_type /type')]);
    const nobody = await launchImport({ url: 'http://127.0.0.1:1', cwd, args: ['events.csv', ...COLUMNS] }).ended;
    expect([nobody.code, nobody.stdout]).toEqual([1, expect.stringContaining('nothing answers at http://127.0.0.1:1')]);
    const missing = await run('nothing.csv', ...COLUMNS);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('There is no file nothing.csv.')]);
  });
});

describe('memory', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":1000,"duplicates":0,"rejected":0,"items":[]}'));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterAll(() => void server.close());

  it('does not grow with the file: a quarter of a million rows pass through a heap of 40 MB', async () => {
    const ROWS = 250_000;
    const PIECE = 1_000;
    function* pieces(): Generator<string> {
      yield 'user,item,text\n';
      for (let n = 0; n < ROWS; n += PIECE) yield Array.from({ length: PIECE }, (_, i) => `user-${n + i},item-${(n + i) % 5_003},${'words '.repeat(12)}${n + i}\n`).join('');
    }
    const { code, stderr, stdout } = await launchImport({ url, cwd, args: ['-', '--type', 'comment', '--json', '--quiet'], node: ['--max-old-space-size=40'], stdin: Readable.from(pieces()) }).ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ rows: ROWS, accepted: ROWS });
  });
});
