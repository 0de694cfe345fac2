/** Events with one thing wrong, or odd. Each goes twice, in a JSON array and as NDJSON, between two good neighbours. */
import { encode, good, type Group, join, JSON_HEADERS, NDJSON_HEADERS, nested, Raw, type Row } from './row.js';

const MINUTE = 60_000;
const ACCEPTED = 'accepted';
/** The second form of a row; docs/BAD_INPUT.md lists the first alone. */
export const AS_LINES = ' (NDJSON)';

/** Fields laid over a good event; undefined takes one away. A value that is no plain object is sent instead of it. */
type Case = readonly [name: string, event: unknown, outcome: string];

const WRONG_TYPES: readonly Case[] = [
  ...['id', 'type', 'user_id', 'session_id', 'item_id', 'text', 'query', 'query_id', 'recommendation_id'].flatMap((field): Case[] => [
    [`\`${field}\` is a number`, { [field]: 42 }, `wrong_type /${field}`],
    [`\`${field}\` is an object`, { [field]: { a: 1 } }, `wrong_type /${field}`],
  ]),
  ...['value', 'quantity', 'price', 'amount', 'progress', 'position'].flatMap((field): Case[] => [
    [`\`${field}\` is a text`, { [field]: '12' }, `wrong_type /${field}`],
    [`\`${field}\` is a list`, { [field]: [1] }, `wrong_type /${field}`],
  ]),
  ['`timestamp` is true', { timestamp: true }, 'wrong_type /timestamp'],
  ['`timestamp` is a list', { timestamp: [1] }, 'wrong_type /timestamp'],
  ['the event is null', new Raw('null'), 'not_an_object '],
  ['the event is a number', new Raw('42'), 'not_an_object '],
  ['the event is a text', new Raw('"view"'), 'not_an_object '],
  ['the event is a list', new Raw('[{"type":"view"}]'), 'not_an_object '],
  ['the event is empty', new Raw('{}'), 'missing_field /type'],
];

const MISSING: readonly Case[] = [
  ['no `type`', { type: undefined }, 'missing_field /type'],
  ['`type` is null', { type: null }, 'missing_field /type'],
  ['`type` is white space', { type: ' \t' }, 'missing_field /type'],
  ['nobody: neither `user_id` nor `session_id`', { user_id: undefined }, 'missing_field /user_id'],
  ['`user_id` is null', { user_id: null }, 'missing_field /user_id'],
  ['`user_id` is white space', { user_id: ' \n ' }, 'missing_field /user_id'],
  ['a view of no item', { item_id: undefined }, 'missing_field /item_id'],
  ['`item_id` is nothing but NUL', { item_id: '\u0000\u0000' }, 'missing_field /item_id'],
  ['a rating without `value`', { type: 'rate' }, 'missing_field /value'],
  ['a survey without `value`', { type: 'survey' }, 'missing_field /value'],
  ['a transaction without `amount`', { type: 'transaction' }, 'missing_field /amount'],
  ['`type` is not one of ours', { type: 'teleport' }, 'unknown_type /type'],
  ['`type` in capitals', { type: 'VIEW' }, 'unknown_type /type'],
  ['`type` is `constructor`', { type: 'constructor' }, 'unknown_type /type'],
  ['`type` has 65 letters', { type: 'v'.repeat(65) }, 'too_long /type'],
];

const NUMBERS: readonly Case[] = [
  ['a negative `price`', { price: -1 }, 'out_of_range /price'],
  ['a huge `price`', { price: 1e13 }, 'out_of_range /price'],
  ['`1e999`, which is infinite', new Raw('{"id":"$id","type":"view","user_id":"u","item_id":"mug","price":1e999}'), 'wrong_type /price'],
  ['`-1e999`', new Raw('{"id":"$id","type":"view","user_id":"u","item_id":"mug","amount":-1e999}'), 'wrong_type /amount'],
  ['`-0`, stored as 0', new Raw('{"id":"$id","type":"view","user_id":"u","item_id":"mug","price":-0}'), ACCEPTED],
  ['`"NaN"` as a text', { price: 'NaN' }, 'wrong_type /price'],
  ['a `quantity` above 10¹⁵', { quantity: 1e16 }, 'out_of_range /quantity'],
  ['an integer beyond 2⁵³ as `amount`', new Raw('{"id":"$id","type":"view","user_id":"u","item_id":"mug","amount":12345678901234567890}'), 'out_of_range /amount'],
  ['an integer beyond 2⁵³ as `user_id`', new Raw('{"id":"$id","type":"view","user_id":12345678901234567890,"item_id":"mug"}'), 'wrong_type /user_id'],
  ['a negative `position`', { position: -1 }, 'out_of_range /position'],
  ['a negative `quantity` and `amount`: something came back', { quantity: -2, amount: -5 }, ACCEPTED],
];

/** A `Raw` names an entry of CLOCKS below. */
const TIMES: readonly Case[] = [
  ['seconds instead of milliseconds, recognised', { timestamp: new Raw('seconds') }, ACCEPTED],
  ['fractions of seconds', { timestamp: new Raw('fractions') }, ACCEPTED],
  ['microseconds', { timestamp: new Raw('microseconds') }, 'timestamp_in_future /timestamp'],
  ['nanoseconds', { timestamp: new Raw('nanoseconds') }, 'timestamp_in_future /timestamp'],
  ['six minutes ahead', { timestamp: new Raw('ahead') }, 'timestamp_in_future /timestamp'],
  ['four minutes ahead', { timestamp: new Raw('slightly') }, ACCEPTED],
  ['`1e300`', { timestamp: 1e300 }, 'timestamp_in_future /timestamp'],
  ['before 2000', { timestamp: '1999-12-31T23:59:59Z' }, 'timestamp_too_old /timestamp'],
  ['zero', { timestamp: 0 }, 'timestamp_too_old /timestamp'],
  ['negative', { timestamp: -1 }, 'timestamp_too_old /timestamp'],
  ['with an offset', { timestamp: '2024-02-29T23:30:00.5+05:30' }, ACCEPTED],
  ['lower-case `t` and `z`', { timestamp: '2024-02-29t23:30:00z' }, ACCEPTED],
  ['without a zone', { timestamp: '2024-02-28T23:30:00' }, 'bad_timestamp /timestamp'],
  ['a day without a time', { timestamp: '2024-02-28' }, 'bad_timestamp /timestamp'],
  ['30 February', { timestamp: '2024-02-30T00:00:00Z' }, 'bad_timestamp /timestamp'],
  ['29 February of no leap year', { timestamp: '2023-02-29T00:00:00Z' }, 'bad_timestamp /timestamp'],
  ['24:00', { timestamp: '2024-02-28T24:00:00Z' }, 'bad_timestamp /timestamp'],
  ['a leap second', { timestamp: '2016-12-31T23:59:60Z' }, 'bad_timestamp /timestamp'],
  ['an offset of 25 hours', { timestamp: '2024-02-28T12:00:00+25:00' }, 'bad_timestamp /timestamp'],
  ['`now`', { timestamp: 'now' }, 'bad_timestamp /timestamp'],
  ['an empty text', { timestamp: '' }, 'bad_timestamp /timestamp'],
  ['milliseconds as a text', { timestamp: '1790000000000' }, 'bad_timestamp /timestamp'],
  ['a date as Americans write it', { timestamp: '11/22/2024 18:30' }, 'bad_timestamp /timestamp'],
];

const TEXTS: readonly Case[] = [
  ['NUL in an id, taken out', { user_id: 'neigh\u0000bour' }, ACCEPTED],
  ['half a surrogate pair, stored as U+FFFD', new Raw(String.raw`{"id":"$id","type":"view","user_id":"neighbour","item_id":"mug","text":"\ud800!"}`), ACCEPTED],
  ['an id of 129 characters', { id: 'x'.repeat(129) }, 'too_long /id'],
  ['a `user_id` of 129 characters', { user_id: 'x'.repeat(129) }, 'too_long /user_id'],
  ['an `item_id` of 1 MB', { item_id: 'x'.repeat(1_000_000) }, 'too_long /item_id'],
  ['an id that is too long only once normalised', { item_id: '\u0344'.repeat(128) }, 'too_long /item_id'],
  ['an empty id: the server makes one', { id: '' }, ACCEPTED],
  ['an id of control characters: the server makes one', { id: '\u0001\u0007' }, ACCEPTED],
  ['a slash in an id', { session_id: 'a/b' }, ACCEPTED],
  ['`%2F` in an id, kept as it is', { session_id: 'a%2Fb' }, ACCEPTED],
  ['`..` as an id', { session_id: '..' }, ACCEPTED],
  ['emoji as an id', { session_id: '😀👩‍👩‍👧‍👧' }, ACCEPTED],
  ['right-to-left marks in an id', { session_id: '\u202egpj.exe' }, ACCEPTED],
  ['`__proto__` as an id', { session_id: '__proto__' }, ACCEPTED],
  ['SQL in an id', { session_id: "'; drop table freshet.log; --" }, ACCEPTED],
  ['10,001 characters of text', { type: 'review', text: 'x'.repeat(10_001) }, 'too_long /text'],
  ['1,001 characters of query', { type: 'search', query: 'x'.repeat(1_001) }, 'too_long /query'],
];

const STRUCTURE: readonly Case[] = [
  ['unknown fields, dropped and counted', { colour: 'red', price_eur: 3 }, ACCEPTED],
  ['a key `__proto__`, dropped', new Raw('{"id":"$id","type":"view","user_id":"u","item_id":"mug","__proto__":{"polluted":true}}'), ACCEPTED],
  ['a key `constructor`, dropped', new Raw('{"id":"$id","type":"view","user_id":"u","item_id":"mug","constructor":{"prototype":{"polluted":true}}}'), ACCEPTED],
  ['a key twice: the last counts', new Raw('{"id":"$id","type":"teleport","type":"view","user_id":"u","item_id":"mug"}'), ACCEPTED],
  ['a key twice: the last is wrong', new Raw('{"id":"$id","type":"view","type":"teleport","user_id":"u","item_id":"mug"}'), 'unknown_type /type'],
  ['an unknown field nested 31 deep, dropped', nested(31), ACCEPTED],
  ['nested 40 deep', nested(40), 'too_deep '],
  ['nested 100,000 deep', nested(100_000), 'too_deep '],
  ['10,000 unknown fields, dropped', new Raw(`{"id":"$id","type":"view","user_id":"u","item_id":"mug",${Array.from({ length: 10_000 }, (_, n) => `"f${n}":0`).join(',')}}`), ACCEPTED],
];

/** Times that depend on now are made when they are sent. */
const CLOCKS: Readonly<Record<string, (now: number) => number>> = {
  seconds: (now) => Math.floor(now / 1_000),
  fractions: (now) => now / 1_000 - 0.25,
  microseconds: (now) => now * 1e3,
  nanoseconds: (now) => now * 1e6,
  ahead: (now) => now + 6 * MINUTE,
  slightly: (now) => now + 4 * MINUTE,
};

function eventOf(given: unknown, id: string): unknown {
  if (given instanceof Raw) return given;
  const fields = { ...good(id), ...(given as object) } as Record<string, unknown>;
  const { timestamp } = fields;
  return timestamp instanceof Raw ? { ...fields, timestamp: CLOCKS[String(timestamp.text)]?.(Date.now()) } : fields;
}

type Form = 'json' | 'ndjson';

/** The same event twice, so that a second one meets the same treatment. */
function rowOf([name, event, outcome]: Case, form: Form): Row {
  const expected = { status: 202, items: [ACCEPTED, outcome, ACCEPTED, ACCEPTED, outcome, ACCEPTED] };
  return {
    name: form === 'json' ? name : `${name}${AS_LINES}`,
    expected,
    request: (id) => ({ method: 'POST', path: '/v1/events', headers: form === 'json' ? JSON_HEADERS : NDJSON_HEADERS, body: bodyOf(event, id, form) }),
  };
}

function bodyOf(event: unknown, id: (name: string) => string, form: Form): Buffer {
  const parts = ['a', 'b'].flatMap((half) => [good(id(`${form}-${half}1`)), eventOf(event, id(`${form}-${half}2`)), good(id(`${form}-${half}3`))].map((one) => encode(one, id(`${form}-${half}2`))));
  return form === 'ndjson' ? join(parts, '\n') : Buffer.concat([Buffer.from('['), join(parts, ','), Buffer.from(']')]);
}

function group(title: string, about: string, cases: readonly Case[]): Group {
  return { title, about, rows: cases.flatMap((one) => [rowOf(one, 'json'), rowOf(one, 'ndjson')]) };
}

export const EVENT_GROUPS: readonly Group[] = [
  group('Events: wrong types', 'A field holds another kind of value than documented.', WRONG_TYPES),
  group('Events: what is missing or unknown', '`null`, an empty text and white space count as absent.', MISSING),
  group('Events: numbers', 'Finite, prices from 0 to 10¹², all others within ±10¹⁵.', NUMBERS),
  group('Events: times', 'RFC 3339 with a zone, milliseconds or seconds; from 2000 to five minutes ahead.', TIMES),
  group('Events: ids and texts', 'Normalised (NFC), trimmed, without control characters; then up to 128 characters for ids. Case and everything else is kept.', TEXTS),
  group('Events: structure', 'Only documented fields are read.', STRUCTURE),
];
