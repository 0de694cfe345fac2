import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readSource } from 'freshet/replay/source';
import { directory, file, gz, tsv } from '../../../support/data-files.js';

const COLUMNS = 'user=who,item=what,time=when';
const T = Date.UTC(2020, 0, 1) / 1000;

async function read(content: string | Buffer, columns = COLUMNS) {
  return readSource({ paths: [file(content)], columns });
}

async function sentence(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'no error', (error: Error) => `${error.name}: ${error.message}`);
}

describe('formats', () => {
  const expected = [
    { type: 'view', user_id: 'ann', item_id: 'mug, blue', timestamp: T * 1000 },
    { type: 'view', user_id: 'bob', item_id: '007', timestamp: (T + 1) * 1000 },
  ];

  it.each([
    ['CSV with quotes', `who,what,when\nann,"mug, blue",${T}\nbob,007,${T + 1}\n`],
    ['CSV with a byte order mark and CRLF', `\uFEFFwho,what,when\r\nann,"mug, blue",${T}\r\nbob,007,${T + 1}\r\n`],
    ['TSV', tsv(['who', 'what', 'when'], ['ann', 'mug, blue', `${T}`], ['bob', '007', `${T + 1}`])],
    ['semicolons', `who;what;when\nann;mug, blue;${T}\nbob;007;${T + 1}`],
    ['pipes', `who|what|when\nann|mug, blue|${T}\nbob|007|${T + 1}`],
    ['double colons', `who::what::when\nann::mug, blue::${T}\nbob::007::${T + 1}`],
    ['NDJSON', `{"who":"ann","what":"mug, blue","when":${T}}\n\n{"who":"bob","what":"007","when":"${T + 1}"}`],
  ])('reads %s, plain and gzipped, whatever the name', async (_, content) => {
    expect((await read(content)).events).toEqual(expected);
    expect((await read(gz(content))).events).toEqual(expected);
  });

  it('reads a file without a header by places counted from 1', async () => {
    const { events } = await read(`1::1193::5::${T}\n1::661::3::${T + 5}`, 'user=1,item=2,value=3,time=4,type=3');
    expect(events.map(({ user_id, item_id, value }) => [user_id, item_id, value])).toEqual([['1', '1193', 5], ['1', '661', 3]]);
  });

  it('reads a lone inch mark in a tab-separated file as text', async () => {
    const { events } = await read(tsv(['who', 'what', 'when'], ['ann', '"15 cm', `${T}`], ['ann', 'b', `${T + 1}`]));
    expect(events.map((event) => event.item_id)).toEqual(['"15 cm', 'b']);
  });

  it('reads every field of an event', async () => {
    const content = `u,s,i,t,k,v,x,q,p\nann,s1,a,${T},AddToCart,4.5,nice,2,9.95`;
    const { events } = await read(content, 'user=u,session=s,item=i,time=t,type=k,value=v,text=x,quantity=q,price=p');
    expect(events).toEqual([{ type: 'cart', user_id: 'ann', session_id: 's1', item_id: 'a', timestamp: T * 1000, value: 4.5, text: 'nice', quantity: 2, price: 9.95 }]);
  });
});

describe('order', () => {
  it('sorts by time and keeps the order of the file among equal times', async () => {
    const { events } = await read(`who,what,when\na,1,${T + 2}\nb,2,${T}\nc,3,${T + 2}\nd,4,${T}`);
    expect(events.map((event) => event.item_id)).toEqual(['2', '4', '1', '3']);
  });

  it('takes the order of the file, one second an event, without a time column', async () => {
    const { events } = await read('who,what\na,1\nb,2\na,3', 'user=who,item=what');
    expect(events.map((event) => event.item_id)).toEqual(['1', '2', '3']);
    expect(events.map((event) => event.timestamp - (events[0]?.timestamp ?? 0))).toEqual([0, 1000, 2000]);
  });

  it('moves times before 2000 by one constant and says so', async () => {
    const { events, shiftedMs } = await read('who,what,when\na,1,874724710\nb,2,1577836800', COLUMNS);
    expect(events[0]?.timestamp).toBe(Date.UTC(2000, 0, 1));
    expect((events[1]?.timestamp ?? 0) - (events[0]?.timestamp ?? 0)).toBe((1_577_836_800 - 874_724_710) * 1000);
    expect(shiftedMs).toBe(Date.UTC(2000, 0, 1) - 874_724_710_000);
  });

  it('joins several files in the order given', async () => {
    const paths = [file(`who,what,when\na,late,${T}`), file(`who,what,when\na,later,${T}\na,early,${T - 1}`)];
    const { events } = await readSource({ paths, columns: COLUMNS });
    expect(events.map((event) => event.item_id)).toEqual(['early', 'late', 'later']);
  });
});

describe('bad lines', () => {
  it('counts each with its reason and shows the first few', async () => {
    const good = `ann,mug,${T}`;
    const { events, bad } = await read(`who,what,when\n${good}\n,mug,${T}\nann,,${T}\nann,mug,\nann,mug,soon\nann\n${good}`);
    expect(events).toHaveLength(2);
    expect(bad.total).toBe(5);
    expect(bad.reasons).toEqual({ 'no user': 1, 'no item': 1, 'no time': 1, "time can't be read": 1, 'more or fewer columns than the first line': 1 });
    expect(bad.examples[0]).toMatch(/, line 3: no user$/);
  });

  it('counts lines of NDJSON that are no objects, and goes on', async () => {
    const { events, bad } = await read(`{"who":"a","what":"1","when":${T}}\n{oops\n[1]\n{"who":"a","when":${T}}\n{"who":"a","what":"2","when":${T}}`);
    expect(events).toHaveLength(2);
    expect(bad.reasons).toEqual({ 'not valid JSON': 1, 'not a JSON object': 1, 'no item': 1 });
  });

  it('counts a number that is none', async () => {
    const { bad } = await read(`who,what,when,v\na,1,${T},much\na,1,${T},2`, `${COLUMNS},value=v`);
    expect(bad.reasons).toEqual({ "value can't be read": 1 });
  });

  it('counts a quote that never closes, and reads on behind it', async () => {
    const { events, bad } = await read(`who,what,when\na,1,${T}\na,"2,${T}\na,3,${T}`);
    expect(events.map((event) => event.item_id)).toEqual(['1', '3']);
    expect(bad.reasons).toEqual({ 'a quote opens and never closes': 1 });
  });
});

describe('errors are sentences', () => {
  it.each([
    ['a missing file', () => readSource({ paths: ['/nowhere/at/all.csv'], columns: COLUMNS }), /UsageError: There is no file \/nowhere\/at\/all\.csv\./],
    ['a directory', () => readSource({ paths: [directory({})], columns: COLUMNS }), /is a directory; name a file, or use a preset/],
    ['an empty file', () => read(''), /is empty/],
    ['a header alone', () => read('who,what,when\n'), /has no usable event/],
    ['only bad lines', () => read('who,what,when\na,,3'), /has no usable event: .*line 2: no item/],
    ['a zip', () => read('PK\u0003\u0004....'), /is a zip archive .*; give CSV, TSV or NDJSON/],
    ['binary data', () => read(Buffer.from([1, 0, 2])), /is binary; give CSV/],
    ['a JSON array', () => read('[{"who":1}]'), /JSON array; write one JSON object a line/],
    ['broken gzip', () => read(Buffer.from([0x1f, 0x8b, 1, 2, 3])), /looks gzipped but can't be unpacked/],
    ['truncated gzip', () => read(truncated()), /breaks off after line \d+/],
    ['an unknown column', () => read('Who,sku\na,1', 'user=who,item=sku'), /no column "who"; its columns are: Who, sku\. Did you mean "Who"\?/],
    ['an unknown field of NDJSON', () => read('{"u":1,"i":2}', 'user=u,item=x'), /no column "x"; the fields of its first line are: u, i/],
    ['a place beyond the last', () => read('1,2', 'user=1,item=3'), /item=3, but .* has columns 1 to 2/],
    ['an unknown field of an event', () => read('a,b', 'user=a,thing=b'), /"thing" is no field of an event; there are user, session, item/],
    ['columns without an item', () => read('a,b', 'user=a'), /needs item=COLUMN/],
    ['columns without a user', () => read('a,b', 'item=a'), /needs user=COLUMN/],
    ['columns that are no pairs', () => read('a,b', 'user'), /write user=COLUMN/],
    ['a field named twice', () => read('a,b', 'user=a,user=b,item=b'), /names user twice/],
    ['neither columns nor a preset', () => readSource({ paths: [file('a')] }), /Say which columns to read/],
    ['both columns and a preset', () => readSource({ paths: [file('a')], columns: 'user=a,item=a', preset: 'sessions' }), /not both/],
    ['both a type and a preset', () => readSource({ paths: [file('a')], type: 'click', preset: 'sessions' }), /--type is for files without types.*--preset/],
    ['an unknown preset', () => readSource({ paths: [file('a')], preset: 'retail' }), /no preset "retail"; there are online-retail-ii, amazon-grocery, yoochoose, sessions/],
  ])('for %s', async (_, work, expected) => {
    expect(await sentence(work())).toMatch(expected);
  });
});

function truncated(): Buffer {
  const rows = Array.from({ length: 20_000 }, (_, n) => `u${(n * 7919) % 10_007},i${(n * 104_729) % 9_973},${T + n}`);
  const whole = gzipSync(`who,what,when\n${rows.join('\n')}`);
  return whole.subarray(0, whole.length - 2_000);
}
