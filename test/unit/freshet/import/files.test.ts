/** What may be wrong with a file that somebody imports: each gets its answer, and the good rows beside it go in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directory, file, gz } from '../../../support/data-files.js';
import { COLUMNS, fakeServer, importInto, rowsOf } from './support.js';

const T = 1_700_000_000;
const good = (n: number): string => `u${n},i${n},${T + n}`;
/** The second of three rows is the bad one. */
const around = (row: string | Buffer): Buffer => Buffer.concat([Buffer.from(`who,what,when\n${good(1)}\n`), Buffer.from(row as string), Buffer.from(`\n${good(3)}\n`)]);

async function told(content: string | Buffer, flags = {}) {
  const server = fakeServer();
  const { result } = await importInto(server, file(content), { columns: COLUMNS, ...flags });
  return { items: [...server.taken.values()].map((event) => event['item_id']), result };
}

async function refused(path: string, flags = {}): Promise<string> {
  const server = fakeServer();
  const message = await importInto(server, path, { columns: COLUMNS, ...flags }).then(() => 'no error', (error: Error) => `${error.name}: ${error.message}`);
  expect(server.requests).toEqual([]);
  return message;
}

describe('a bad row costs itself alone', () => {
  it.each([
    ['no shopper', ',i2,1', 'no_user', 'reader'],
    ['no item', 'u2,,1', 'no_item', 'reader'],
    ['no time', 'u2,i2,', 'no_time', 'reader'],
    ['a word for a time', 'u2,i2,yesterday', 'bad_time', 'reader'],
    ['a day that does not exist', 'u2,i2,2024-02-30', 'bad_time', 'reader'],
    ['a date whose day could be its month', 'u2,i2,03/04/2024', 'ambiguous_date', 'reader'],
    ['a time before 2000', 'u2,i2,1999-12-31T23:59:59Z', 'timestamp_too_old', 'server'],
    ['a time in the future', 'u2,i2,2999-01-01', 'timestamp_in_future', 'server'],
    ['a number beyond all times', 'u2,i2,99999999999999999999999', 'bad_time', 'reader'],
    ['too few columns', 'u2,i2', 'wrong_columns', 'reader'],
    ['too many columns', 'u2,i2,1,4', 'wrong_columns', 'reader'],
    ['another delimiter', 'u2;i2;1', 'wrong_columns', 'reader'],
    ['a quote that never closes', 'u2,"i2,1', 'unclosed_quote', 'reader'],
    ['bytes of Latin-1', Buffer.from('u2,caf\u00E9,1', 'latin1'), 'invalid_utf8', 'reader'],
    ['half a character', Buffer.from([0x75, 0x2c, 0xe2, 0x82, 0x2c, 0x31]), 'invalid_utf8', 'reader'],
    ['an overlong encoding', Buffer.from([0x75, 0x2c, 0xc0, 0xaf, 0x2c, 0x31]), 'invalid_utf8', 'reader'],
    ['a NUL', 'u2,i\0,1', 'nul_byte', 'reader'],
    ['a line beyond the limit', `u2,${'x'.repeat(1_100_000)},1`, 'too_long', 'reader'],
    ['an id that is too long', `u2,${'x'.repeat(200)},${T}`, 'too_long', 'server'],
    ['spaces for an item', `u2,   ,${T}`, 'missing_field', 'server'],
  ])('%s', async (_, row, code, by) => {
    const { items, result } = await told(around(row));
    expect(items).toEqual(['i1', 'i3']);
    expect(result).toMatchObject({ rows: 3, accepted: 2, rejected: 1, complete: true, reasons: [{ code, by, count: 1, rows: [3] }] });
    expect(result.reasons[0]?.example.length).toBeLessThanOrEqual(200);
  });

  it.each([
    ['no JSON', '{oops', 'malformed_json'],
    ['a list', '[1]', 'not_an_object'],
    ['a text', '"x"', 'not_an_object'],
    ['null', 'null', 'not_an_object'],
    ['an object for an item', `{"who":"u2","what":{"a":1},"when":${T}}`, 'no_item'],
    ['a shopper without a name', `{"who":"","what":"i2","when":${T}}`, 'no_user'],
    ['NaN', `{"who":"u2","what":"i2","when":NaN}`, 'malformed_json'],
    ['a bad escape', String.raw`{"who":"\x","what":"i2","when":1}`, 'malformed_json'],
  ])('in NDJSON: %s', async (_, row, code) => {
    const line = (n: number): string => JSON.stringify({ who: `u${n}`, what: `i${n}`, when: T + n });
    const { items, result } = await told(`${line(1)}\n${row}\n${line(3)}\n`);
    expect(items).toEqual(['i1', 'i3']);
    expect(result.reasons).toMatchObject([{ code, by: 'reader', count: 1, rows: [2] }]);
  });

  it('deep JSON and __proto__ are only fields that nobody reads', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    const { items, result } = await told(`{"who":"u1","what":"i1","when":${T},"more":${deep}}\n{"who":"u2","what":"i2","when":${T},"__proto__":{"x":1}}\n`);
    expect(items).toEqual(['i1', 'i2']);
    expect(result.rejected).toBe(0);
  });

  it('a number that is none, beside good ones', async () => {
    const { result } = await told(`who,what,when,n\nu,i,${T},2\nu,j,${T},two\nu,k,${T}, \nu,l,${T},1e999\n`, { columns: `${COLUMNS},quantity=n` });
    expect(result.reasons).toMatchObject([{ code: 'bad_quantity', count: 3, rows: [3, 4, 5] }]);
  });

  it.each([
    ['two cells of three', `who,what,when\n${good(1)}\nu2,i2`],
    ['half an object', `{"who":"u1","what":"i1","when":${T}}\n{"who":"u2","wh`],
  ])('a last line that was cut off: %s', async (_, content) => {
    const { items, result } = await told(content);
    expect(items).toEqual(['i1']);
    expect(result.reasons).toMatchObject([{ code: 'half_written', count: 1 }]);
  });

  it('a last line that nothing ends is a row like others', async () => {
    expect((await told(`who,what,when\n${good(1)}\n${good(2)}`)).items).toEqual(['i1', 'i2']);
  });
});

describe('what files look like', () => {
  const row = `u1,i1,${T}`;
  it.each([
    ['a byte order mark', `\uFEFFwho,what,when\n${row}\n`],
    ['lines of Windows', `who,what,when\r\n${row}\r\n`],
    ['lines of an old Mac', `who,what,when\r${row}\r`],
    ['mixed line ends', `who,what,when\r\n${row}\n`],
    ['blank lines', `\n\nwho,what,when\n\n${row}\n\n\n`],
    ['spaces around the names', ` who , what , when \n${row}\n`],
    ['quoted names', `"who","what","when"\n"u1","i1","${T}"\n`],
    ['empty cells behind the last', `who,what,when\n${row},,\n`],
    ['tabs', `who\twhat\twhen\nu1\ti1\t${T}\n`],
    ['semicolons and decimal commas elsewhere', `who;what;when;price\nu1;i1;${T};9,5\n`],
  ])('%s', async (_, content) => {
    expect((await told(content)).items).toEqual(['i1']);
    expect((await told(gz(content))).items).toEqual(['i1']);
  });

  it.each([
    ['UTC', '2024-06-01 10:00', {}, Date.UTC(2024, 5, 1, 10)],
    ['its own offset', '2024-06-01T10:00:00+02:00', { timeZone: 'America/New_York' }, Date.UTC(2024, 5, 1, 8)],
    ['the zone that is given', '2024-06-01 10:00', { timeZone: 'Europe/Berlin' }, Date.UTC(2024, 5, 1, 8)],
    ['the order that is given', '01/06/2024 10:00', { dateOrder: 'dmy' }, Date.UTC(2024, 5, 1, 10)],
    ['the other order', '06/01/2024 10:00', { dateOrder: 'mdy' }, Date.UTC(2024, 5, 1, 10)],
    ['seconds', '1717236000', { timeZone: 'Europe/Berlin' }, Date.UTC(2024, 5, 1, 10)],
    ['milliseconds', '1717236000000', {}, Date.UTC(2024, 5, 1, 10)],
  ])('times are read by %s', async (_, when, flags, expected) => {
    const server = fakeServer();
    await importInto(server, file(`who,what,when\nu1,i1,${when}\n`), { columns: COLUMNS, ...flags });
    expect([...server.taken.values()]).toMatchObject([{ timestamp: expected }]);
  });
});

describe('a file that can’t be read', () => {
  it.each([
    ['is missing', () => '/nowhere/at/all.csv', /There is no file \/nowhere\/at\/all\.csv/],
    ['is a directory', () => directory({}), /is a directory; name a file/],
    ['is empty', () => file(''), /is empty: nothing to read/],
    ['is blank', () => file('\n\n \n'), /is empty/],
    ['has a header alone', () => file('who,what,when\n'), /has nothing but its first line/],
    ['is a zip archive', () => file('PK\u0003\u0004....'), /is a zip archive \(an Excel workbook is one, too\); give CSV, TSV or NDJSON/],
    ['is packed by another program', () => file(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0])), /is packed with zstd/],
    ['is UTF-16 of Windows', () => file(Buffer.from(`\uFEFF${rowsOf(2)}`, 'utf16le')), /is UTF-16LE; Freshet reads UTF-8: iconv -f UTF-16LE -t UTF-8/],
    ['is UTF-16 without a mark', () => file(Buffer.from(rowsOf(2), 'utf16le')), /is UTF-16LE/],
    ['is UTF-16 the other way round', () => file(Buffer.from(rowsOf(2), 'utf16le').swap16()), /is UTF-16BE/],
    ['is UTF-32', () => file(Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])), /is UTF-32/],
    ['is binary', () => file(Buffer.from([1, 0, 2, 0, 0, 3, 9, 9])), /is binary/],
    ['is a JSON array', () => file('[{"who":1}]'), /is a JSON array; write one JSON object a line \(NDJSON\): jq -c '\.\[\]'/],
    ['is no archive but looks like one', () => file(Buffer.from([0x1f, 0x8b, 1, 2, 3])), /looks gzipped but can't be unpacked/],
    ['is a cut archive', () => file(gz(rowsOf(40_000)).subarray(0, -2_000)), /is not whole/],
    ['lacks a column', () => file('Who,what,time\na,1,2'), /no column "who"; its columns are: Who, what, time\. Did you mean "Who"\?/],
    ['has a column of nearly that name', () => file('who,waht,when\na,1,2'), /no column "what".* Did you mean "waht"\?/],
  ])('because it %s is refused with a sentence, before anything is sent', async (_, path, message) => {
    expect(await refused(path())).toMatch(new RegExp(`^UsageError: .*${message.source}`));
  });

  it.each([
    ['an unknown field', { columns: 'user=who,thing=what' }, /"thing" is no field of an event/],
    ['no item', { columns: 'user=who' }, /needs item=COLUMN/],
    ['columns and a preset', { preset: 'sessions' }, /not both/],
    ['an unknown zone', { timeZone: 'Mars' }, /"Mars" is no time zone/],
    ['an unknown order', { dateOrder: 'ymd' }, /--date-order takes dmy or mdy; not "ymd"/],
    ['an unknown kind', { kind: 'item' }, /--kind takes events or items; not "item"; did you mean “items”/],
    ['columns for a catalogue', { kind: 'items' }, /are for events/],
    ['too many requests at once', { inFlight: '99' }, /--in-flight takes a whole number from 1 to 16/],
    ['a place for rejects that is none', { rejects: '/nowhere/at/all' }, /--rejects .* can't be written/],
  ])('nor with options that can’t be used: %s', async (_, flags, message) => {
    expect(await refused(file(rowsOf(3)), flags)).toMatch(message);
  });

  it.each(['state', 'rejects'])('is never written to by --%s, a slip of the hand', async (option) => {
    const path = file(rowsOf(3));
    expect(await refused(path, { [option]: path, restart: true })).toMatch(new RegExp(`--${option} .* is the file to be imported; name another`));
    expect(readFileSync(path, 'utf8')).toBe(rowsOf(3));
  });

  it('is not begun where its state could not be kept', async () => {
    const path = file(rowsOf(3));
    expect(await refused(path, { state: join(path, 'state') })).toMatch(/UsageError: .*state/);
  });

  it('is refused among several before any of them is sent', async () => {
    const server = fakeServer();
    const folder = directory({ 'a.csv': rowsOf(2) });
    await expect(importInto(server, [join(folder, 'a.csv'), join(folder, 'b.csv')], { columns: COLUMNS })).rejects.toThrow(/There is no file .*b\.csv/);
    expect(server.requests).toEqual([]);
  });

  it('is told with those that were imported before it when only its rows show what is wrong', async () => {
    const server = fakeServer();
    const folder = directory({ 'a.csv': rowsOf(2), 'b.csv': 'who,what\nu,i\n', 'c.csv': rowsOf(3) });
    const { results } = await importInto(server, ['a.csv', 'b.csv', 'c.csv'].map((name) => join(folder, name)), { columns: COLUMNS });
    expect(results).toMatchObject([{ accepted: 2, complete: true }, { accepted: 0, complete: false, failure: { code: 'columns_unknown' } }]);
  });
});
