/** Whole imports into a server in memory: what arrives, what is told, what a second run does. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directory, file, gz } from '../../../support/data-files.js';
import { COLUMNS, fakeServer, importInto, refusal, rowsOf } from './support.js';

describe('an import', () => {
  it('sends every row once, in the file’s order, as back-filled, a thousand a request', async () => {
    const server = fakeServer();
    const { result } = await importInto(server, file(rowsOf(2_500)), { columns: COLUMNS });
    expect(result).toMatchObject({ kind: 'events', rows: 2_500, accepted: 2_500, duplicates: 0, rejected: 0, complete: true, resumed_from: 0, sequence: 2_500 });
    expect(server.requests.map(({ path, rows, query }) => [path, rows, query])).toEqual([1_000, 1_000, 500].map((rows) => ['/v1/events', rows, { historical: true }]));
    expect([...server.taken.values()].map((event) => event['timestamp'])).toEqual(Array.from({ length: 2_500 }, (_, n) => (1_600_000_000 + n) * 1_000));
  });

  it('names every row by the file and its line, the same in every import', async () => {
    const path = file(rowsOf(20));
    const [first, second] = [fakeServer(), fakeServer()];
    await importInto(first, path, { columns: COLUMNS });
    await importInto(second, path, { columns: COLUMNS });
    expect([...first.taken.keys()]).toEqual([...second.taken.keys()]);
    expect([...first.taken.keys()].map((id) => id.split('-')[1])).toEqual(Array.from({ length: 20 }, (_, n) => String(n + 2)));
    const other = fakeServer();
    await importInto(other, path, { columns: COLUMNS, type: 'cart' });
    expect([...other.taken.keys()].filter((id) => first.taken.has(id))).toEqual([]);
  });

  it('keeps the ids that the file has', async () => {
    const server = fakeServer();
    await importInto(server, file('who,what,ref\na,1,x1\nb,2,x2\n'), { columns: 'user=who,item=what,id=ref' });
    expect([...server.taken.keys()]).toEqual(['x1', 'x2']);
  });

  it('leaves the time to the server where the file has none', async () => {
    const server = fakeServer();
    await importInto(server, file('who,what\na,1\nb,2\n'), { columns: 'user=who,item=what' });
    expect([...server.taken.values()].every((event) => !('timestamp' in event))).toBe(true);
  });

  it('recognises columns that are called as events call them, in NDJSON with all their fields', async () => {
    const server = fakeServer();
    const lines = [
      { type: 'view', user_id: 'a', item_id: '1', timestamp: '2024-05-01T10:00:00Z' },
      { type: 'search', session_id: 's', query: 'mug', timestamp: 1_714_557_600, position: 3, query_id: 'q1' },
      { type: 'transaction', user_id: 'a', amount: 9.5, timestamp: 1_714_557_601_000 },
    ];
    const { result } = await importInto(server, file(lines.map((line) => JSON.stringify(line)).join('\n')), {});
    expect(result).toMatchObject({ accepted: 3, rejected: 0 });
    expect([...server.taken.values()]).toMatchObject([
      { type: 'view', user_id: 'a', item_id: '1', timestamp: Date.UTC(2024, 4, 1, 10) },
      { type: 'search', session_id: 's', query: 'mug', query_id: 'q1', position: 3, timestamp: 1_714_557_600_000 },
      { type: 'transaction', user_id: 'a', amount: 9.5 },
    ]);
  });

  it('recognises the columns of a CSV, too, and asks for --columns where it can’t', async () => {
    const server = fakeServer();
    await importInto(server, file('Item ID;Type;User\n1;view;a\n'), {});
    expect([...server.taken.values()]).toMatchObject([{ type: 'view', user_id: 'a', item_id: '1' }]);
    await expect(importInto(server, file('customer,sku\na,1\n'), {})).rejects.toThrow(/Say which columns to read, as in --columns .* has the columns customer, sku/);
  });

  it('sends a catalogue first, each request under a key of its own', async () => {
    const server = fakeServer();
    const items = file('sku,title,price\nm1,Mug,9\nm2,Cup,\nm3,,4\n,Nothing,1\nm4,Odd,cheap\n');
    const { results } = await importInto(server, file(rowsOf(5)), { columns: COLUMNS, items });
    expect(results.map(({ kind, accepted, rejected }) => [kind, accepted, rejected])).toEqual([['items', 3, 2], ['events', 5, 0]]);
    expect(results[0]?.reasons.map(({ code, by, rows }) => [code, by, rows])).toEqual([['no_id', 'reader', [5]], ['wrong_type', 'server', [6]]]);
    expect(server.requests[0]).toMatchObject({ path: '/v1/items:batch', headers: { 'idempotency-key': expect.stringMatching(/^import-[0-9a-f]{16}-2$/) as string } });
    expect(server.taken.get('m3')).toEqual({ id: 'm3', op: 'patch', price: 4 });
  });
});

describe('rows that are left out', () => {
  const CONTENT = 'who,what,when,kind\na,1,2024-01-01,view\n,1,2024-01-01,view\na,2,soon,view\na,3,2024-01-02,juggle\na,4,1999-01-01,view\na,5\na,6,2024-01-03,view\n';
  const FLAGS = { columns: `${COLUMNS},type=kind` };

  it('are told by reason, whoever left them out, and never fail their neighbours', async () => {
    const server = fakeServer();
    const { result } = await importInto(server, file(CONTENT), FLAGS);
    expect(result).toMatchObject({ rows: 7, accepted: 2, rejected: 5, complete: true });
    const byCode = result.reasons.toSorted((a, b) => a.code.localeCompare(b.code));
    expect(byCode.map(({ code, by, count, rows, example }) => [code, by, count, rows, example])).toEqual([
      ['bad_time', 'reader', 1, [4], 'a,2,soon,view'],
      ['no_user', 'reader', 1, [3], ',1,2024-01-01,view'],
      ['timestamp_too_old', 'server', 1, [6], 'a,4,1999-01-01,view'],
      ['unknown_type', 'server', 1, [5], 'a,3,2024-01-02,juggle'],
      ['wrong_columns', 'reader', 1, [7], 'a,5'],
    ]);
    expect([...server.taken.values()].map((event) => event['item_id'])).toEqual(['1', '6']);
  });

  it('are written to --rejects as they stand in the file, ready to be mended and imported', async () => {
    const rejects = join(directory({}), 'rejects.ndjson');
    await importInto(fakeServer(), file(CONTENT), { ...FLAGS, rejects });
    const lines = readFileSync(rejects, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(5);
    expect(lines).toContainEqual({ row: 5, code: 'unknown_type', pointer: '/type', by: 'server', detail: expect.stringContaining('juggle') as string, text: 'a,3,2024-01-02,juggle' });
    expect(lines).toContainEqual({ row: 7, code: 'wrong_columns', by: 'reader', detail: 'more or fewer columns than the first line', text: 'a,5' });
  });

  it('stop a strict import at the first, with what stands before it sent', async () => {
    const server = fakeServer();
    const { result } = await importInto(server, file(CONTENT), { ...FLAGS, strict: true });
    expect(result).toMatchObject({ rows: 2, accepted: 1, rejected: 1, complete: false, failure: { code: 'strict' } });
    const byServer = await importInto(fakeServer(), file(`who,what,kind\n${'a,1,view\n'.repeat(999)}a,1,juggle\n${'a,2,view\n'.repeat(5_000)}`), { columns: 'user=who,item=what,type=kind', strict: true, inFlight: '1' });
    expect(byServer.result).toMatchObject({ rows: 1_000, accepted: 999, rejected: 1, complete: false });
  });

  it('do not stop a strict import when a preset’s rule leaves them out', async () => {
    const header = 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country';
    const lines = ['C1,85048,BALL,-1,2009-12-01T07:45,6.95,13085,UK', '2,85048,BALL,12,2009-12-01T07:45,6.95,,UK', '3,85048,BALL,12,2009-12-01T07:45,6.95,13085,UK'];
    const { result } = await importInto(fakeServer(), file([header, ...lines].join('\n')), { preset: 'online-retail-ii', strict: true });
    expect(result).toMatchObject({ accepted: 1, rejected: 2, complete: true });
    expect(result.reasons.map(({ code, by }) => [code, by])).toEqual([['cancelled', 'preset'], ['no_customer', 'preset']]);
  });

  it('keep memory small when nothing else is in the file', async () => {
    const server = fakeServer();
    const { result } = await importInto(server, file(`who,what\n${',1\n'.repeat(30_000)}`), { columns: 'user=who,item=what' });
    expect(result).toMatchObject({ rows: 30_000, rejected: 30_000, complete: true, reasons: [{ code: 'no_user', count: 30_000, rows: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }] });
    expect(server.requests).toEqual([]);
  });

  it('are noted, not left out, when they only come earlier than rows before them', async () => {
    const { result } = await importInto(fakeServer(), file('who,what,when\na,1,200000000000\na,2,1600000000000\na,3,1500000000000\na,4,1600000000001\n'), { columns: COLUMNS });
    expect(result.notes).toMatchObject([{ code: 'out_of_order', count: 1, rows: [4] }]);
    expect(result.rejected).toBe(1);
  });
});

describe('a dry run', () => {
  it('tells the same and leaves nothing behind', async () => {
    const server = fakeServer();
    const state = join(directory({}), 'state');
    const { result } = await importInto(server, file('who,what,kind\na,1,view\na,2,juggle\n'), { columns: 'user=who,item=what,type=kind', dryRun: true, state });
    expect(result).toMatchObject({ dry_run: true, accepted: 1, rejected: 1, complete: true });
    expect(server.requests).toMatchObject([{ query: { dry_run: true } }]);
    expect(server.taken.size).toBe(0);
    expect(existsSync(state)).toBe(false);
  });
});

describe('a second run', () => {
  it('of a whole import sends nothing and tells what the first one did', async () => {
    const server = fakeServer();
    const path = file(rowsOf(30));
    const state = join(directory({}), 'state');
    const first = await importInto(server, path, { columns: COLUMNS, state });
    const again = await importInto(server, path, { columns: COLUMNS, state });
    expect(again.result).toMatchObject({ rows: 30, accepted: 30, complete: true, rows_per_second: 0, resumed_from: 31 });
    expect(server.requests).toHaveLength(1);
    expect(first.result.sequence).toBe(30);
    const restarted = await importInto(server, path, { columns: COLUMNS, state, restart: true });
    expect(restarted.result).toMatchObject({ accepted: 0, duplicates: 30, resumed_from: 0 });
  });

  it('goes on where a failure ended the first: nothing is lost, nothing doubled, the account is of both', async () => {
    const server = fakeServer();
    const rows = rowsOf(4_500).replace('u3,i3,', ',i3,');
    const path = file(rows);
    const [state, rejects] = [join(directory({}), 'state'), join(directory({}), 'rejects')];
    server.before = (request) => (request > 2 ? refusal(507, 'full') : undefined);
    const first = await importInto(server, path, { columns: COLUMNS, state, rejects, inFlight: '1' });
    expect(first.result).toMatchObject({ accepted: 2_000, rejected: 1, complete: false, failure: { code: 'full', detail: 'it said full.' }, state });
    server.before = () => undefined;
    const second = await importInto(server, path, { columns: COLUMNS, state, rejects });
    expect(second.result).toMatchObject({ rows: 4_500, accepted: 4_499, duplicates: 0, rejected: 1, resumed_from: 2_002, complete: true });
    expect(server.taken.size).toBe(4_499);
    expect(readFileSync(rejects, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  it('recognises what was in flight when the first one died', async () => {
    const server = fakeServer();
    const path = file(rowsOf(4_000));
    const state = join(directory({}), 'state');
    server.before = (request) => (request === 1 ? refusal(400, 'broken') : undefined);
    const first = await importInto(server, path, { columns: COLUMNS, state, inFlight: '3' });
    expect(first.result).toMatchObject({ accepted: 0, complete: false });
    expect(server.taken.size).toBe(2_000);
    const second = await importInto(server, path, { columns: COLUMNS, state });
    expect(second.result).toMatchObject({ accepted: 2_000, duplicates: 2_000, complete: true });
    expect(server.taken.size).toBe(4_000);
  });

  it('refuses a file that has changed, and says what was sent; --restart takes it anew', async () => {
    const server = fakeServer();
    const path = file(rowsOf(30));
    const state = join(directory({}), 'state');
    await importInto(server, path, { columns: COLUMNS, state });
    writeFileSync(path, rowsOf(30).replace('i5', 'i9'));
    await expect(importInto(server, path, { columns: COLUMNS, state })).rejects.toThrow(/has changed since its import began at 2026-01-01T00:00:00\.000Z \(the same size, other bytes\); 30 of its rows are accepted already\. --restart/);
    writeFileSync(path, rowsOf(29));
    await expect(importInto(server, path, { columns: COLUMNS, state })).rejects.toThrow(/\(\d+ bytes then, \d+ now\)/);
    const { result } = await importInto(server, path, { columns: COLUMNS, state, restart: true });
    expect(result).toMatchObject({ rows: 29, accepted: 29 });
  });

  it('goes on with a file that has grown: only the new rows are sent', async () => {
    const server = fakeServer();
    const path = file(rowsOf(30));
    const state = join(directory({}), 'state');
    await importInto(server, path, { columns: COLUMNS, state });
    appendFileSync(path, rowsOf(12, 30).replace('who,what,when\n', ''));
    const { result } = await importInto(server, path, { columns: COLUMNS, state });
    expect(result).toMatchObject({ rows: 42, accepted: 42, resumed_from: 31 });
    expect(server.requests.map(({ rows }) => rows)).toEqual([30, 12]);
  });

  it('reads a last line again that had been cut off and has its other half by now', async () => {
    const server = fakeServer();
    const whole = rowsOf(3);
    const path = file(whole.slice(0, -13));
    const state = join(directory({}), 'state');
    const first = await importInto(server, path, { columns: COLUMNS, state });
    expect(first.result).toMatchObject({ rows: 3, accepted: 2, reasons: [{ code: 'half_written', rows: [4] }] });
    writeFileSync(path, whole);
    const second = await importInto(server, path, { columns: COLUMNS, state });
    expect(second.result).toMatchObject({ rows: 3, accepted: 3, rejected: 0, reasons: [] });
  });

  it('refuses to go on in another way than it was begun, unless nothing had gone in', async () => {
    const server = fakeServer();
    const path = file(rowsOf(10));
    const state = join(directory({}), 'state');
    const wrong = await importInto(server, path, { columns: 'user=who,item=what,time=what', state });
    expect(wrong.result).toMatchObject({ accepted: 0, rejected: 10 });
    await importInto(server, path, { columns: COLUMNS, state });
    expect(server.taken.size).toBe(10);
    await expect(importInto(server, path, { columns: COLUMNS, type: 'cart', state })).rejects.toThrow(/was begun as “events --columns user=who,item=what,time=when”, this is “events --columns .* --type cart”/);
  });

  it('begins at the right event of a line that has many', async () => {
    const server = fakeServer();
    const events = Array.from({ length: 2_500 }, (_, n) => ({ aid: n, ts: 1_600_000_000_000 + n, type: 'clicks' }));
    const path = file(`${JSON.stringify({ session: 1, events })}\n${JSON.stringify({ session: 2, events: events.slice(0, 3) })}\n`);
    const state = join(directory({}), 'state');
    server.before = (request) => (request === 3 ? refusal(507, 'full') : undefined);
    await importInto(server, path, { preset: 'sessions', state, inFlight: '1' });
    expect(server.taken.size).toBe(2_000);
    server.before = () => undefined;
    const { result } = await importInto(server, path, { preset: 'sessions', state });
    expect(result).toMatchObject({ accepted: 2_503, duplicates: 0, complete: true });
    expect(server.taken.size).toBe(2_503);
  });
});

describe('an archive', () => {
  it('is imported like the file in it, with its lines counted before', async () => {
    const { result } = await importInto(fakeServer(), file(gz(rowsOf(1_200))), { columns: COLUMNS });
    expect(result).toMatchObject({ accepted: 1_200, complete: true });
  });

  it.each([
    ['cut off', (whole: Buffer) => whole.subarray(0, whole.length - 3_000)],
    ['damaged', (whole: Buffer) => Buffer.concat([whole.subarray(0, 40_000), Buffer.alloc(2_000, 7), whole.subarray(42_000)])],
  ])('that is %s is refused before any of it is sent', async (_, harm) => {
    const server = fakeServer();
    const rows = Array.from({ length: 30_000 }, (_row, n) => `u${(n * 7919) % 10_007},i${(n * 104_729) % 9_973},${1_600_000_000 + n}`);
    const path = file(harm(gz(`who,what,when\n${rows.join('\n')}\n`)));
    await expect(importInto(server, path, { columns: COLUMNS })).rejects.toThrow(/is not whole \(.+\); nothing of it was imported/);
    expect(server.requests).toEqual([]);
  });
});
