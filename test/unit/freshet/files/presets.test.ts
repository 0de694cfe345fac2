import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSource } from 'freshet/replay/source';
import { directory, file, tsv } from '../../../support/data-files.js';

const T = Date.UTC(2014, 3, 7) / 1000;

describe('online-retail-ii', () => {
  it('keeps the first line of an article on an invoice and counts what its rules leave out', async () => {
    const header = 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country';
    const lines = [
      '1,85048,GLASS BALL,12,2009-12-01T07:45,6.95,13085,UK',
      '1,85048,GLASS BALL,3,2009-12-01T07:45,6.95,13085,UK',
      '2,79323P,"LIGHTS, PINK",1,2009-12-01T07:46,6.75,13085,UK',
      'C3,85048,GLASS BALL,-12,2009-12-01T07:47,6.95,13085,UK',
      '4,85048,GLASS BALL,-1,2009-12-01T07:47,6.95,13085,UK',
      '5,85048,GLASS BALL,1,2009-12-01T07:47,0,13085,UK',
      '6,POST,POSTAGE,1,2009-12-01T07:47,18,13085,UK',
      '7,85048,GLASS BALL,1,2009-12-01T07:47,6.95,,UK',
      '8,85048,GLASS BALL,1,once,6.95,13085,UK',
    ];
    const source = await readSource({ paths: [file([header, ...lines].join('\n'))], preset: 'online-retail-ii' });
    expect(source.events.map(({ item_id, quantity, type }) => [item_id, quantity, type])).toEqual([['85048', 12, 'purchase'], ['79323P', 1, 'purchase']]);
    expect(source.skipped.reasons).toEqual({
      'article already on this invoice': 1, cancelled: 1, 'quantity not above 0': 1, 'price not above 0': 1, 'stock code of no article': 1, 'no customer': 1,
    });
    expect(source.bad.reasons).toEqual({ "time can't be read": 1 });
    expect(source.noRepeats).toBe(false);
  });

  it('names the columns it needs', async () => {
    await expect(readSource({ paths: [file('a,b\n1,2')], preset: 'online-retail-ii' })).rejects.toThrow(/no column "Customer ID"; its columns are: a, b/);
  });
});

describe('amazon-grocery', () => {
  const row = (user: string, item: string, time: number): string[] => [user, item, String(time)];

  it('reads the three files of a directory, each with its own delimiter, as one stream without repeats', async () => {
    const path = directory({
      'train.csv': tsv(['user_id', 'item_id', 'time'], row('1', 'a', T), row('2', 'b', T + 9)),
      'dev.csv': `user_id,item_id,time\n1,c,${T}`,
      'test.csv': `user_id,item_id,time\n1,d,${T}`,
    });
    const source = await readSource({ paths: [path], preset: 'amazon-grocery' });
    expect(source.events.map((event) => event.item_id)).toEqual(['a', 'c', 'd', 'b']);
    expect(source.noRepeats).toBe(true);
  });

  it('says which files a directory lacks', async () => {
    const path = directory({ 'train.csv': 'x' });
    await expect(readSource({ paths: [path], preset: 'amazon-grocery' })).rejects.toThrow(/needs train\.csv and dev\.csv and test\.csv; it has train\.csv/);
  });
});

describe('yoochoose', () => {
  it('reads both parts of a directory by time', async () => {
    const header = ['SessionId', 'ItemId', 'Time'];
    const path = directory({ 'train_full.txt': tsv(header, ['3', 'a', `${T}.5`]), 'test.txt': tsv(header, ['1', 'b', `${T}.25`]) });
    const { events } = await readSource({ paths: [path], preset: 'yoochoose' });
    expect(events).toEqual([
      { type: 'click', session_id: '1', item_id: 'b', timestamp: T * 1000 + 250 },
      { type: 'click', session_id: '3', item_id: 'a', timestamp: T * 1000 + 500 },
    ]);
  });

  it('reads a raw click file, which has no header', async () => {
    const raw = '1,2014-04-07T10:51:09.277Z,214536502,0\n1,2014-04-07T10:54:09.868Z,214536500,0';
    const path = directory({ 'yoochoose-clicks.dat': raw });
    for (const paths of [[path], [join(path, 'yoochoose-clicks.dat')]]) {
      const { events } = await readSource({ paths, preset: 'yoochoose' });
      expect(events.map((event) => [event.session_id, event.item_id])).toEqual([['1', '214536502'], ['1', '214536500']]);
    }
  });
});

describe('sessions', () => {
  const read = (content: string) => readSource({ paths: [file(content)], preset: 'sessions' });

  it.each([
    ['SessionId and ItemId', `SessionId\tItemId\tTime\n5\tx\t${T}`],
    ['session_id;…;eventdate with the time within the session', 'session_id;userId;itemId;timeframe;eventdate\n5;NA;x;0;2014-04-07'],
    ['visitorid, event and itemid', `timestamp,visitorid,event,itemid,transactionid\n${T * 1000},5,click,x,`],
    ['nested lines', `{"session":5,"events":[{"aid":"x","ts":${T * 1000},"type":"clicks"}]}`],
  ])('recognises %s', async (_, content) => {
    expect((await read(content)).events).toEqual([{ type: 'click', session_id: '5', item_id: 'x', timestamp: T * 1000 }]);
  });

  it('orders the events of a day by the time within the session', async () => {
    const { events } = await read('session_id;itemId;timeframe;eventdate\n1;late;90000;2014-04-07\n1;early;10;2014-04-07');
    expect(events.map((event) => event.item_id)).toEqual(['early', 'late']);
  });

  it('reads one session a line when there is no header', async () => {
    const { events } = await read('a b c\nb d\n');
    expect(events.map((event) => event.item_id)).toEqual(['a', 'b', 'c', 'b', 'd']);
    expect(new Set(events.map((event) => event.session_id)).size).toBe(2);
  });

  it.each([['half a header', 'session,thing\n1,2'], ['a table without a header', '1,2014-04-07T10:51:09Z,214536502,0'], ['other NDJSON', '{"a":1}']])(
    'asks for --columns at %s instead of guessing',
    async (_, content) => {
      await expect(read(content)).rejects.toThrow(/no session and item column that the preset knows. Name them: --columns/);
    },
  );
});
