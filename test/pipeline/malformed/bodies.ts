/** Whole requests to `POST /v1/events` that are broken, odd or too large: encodings, lengths, compression, NDJSON, parameters. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { good, type Group, JSON_HEADERS, NDJSON_HEADERS, problem, type Row, type Sent } from './row.js';

type Ids = (name: string) => string;

const json = (id: Ids): string => JSON.stringify([good(id('1'))]);
const MEBIBYTE = 1024 * 1024;

interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly chunked?: boolean;
}

function post(body: (id: Ids) => Buffer | string, { headers = {}, query = '', chunked = false }: Options = {}): Row['request'] {
  return (id): Sent => ({ method: 'POST', path: `/v1/events${query}`, headers: { ...JSON_HEADERS, ...headers }, body: body(id), chunked });
}

const lines = (text: (id: Ids) => Buffer | string): Row['request'] => post(text, { headers: NDJSON_HEADERS });

const JSON_BODIES: Group = {
  title: 'Bodies: JSON',
  about: 'RFC 8259, in UTF-8. A broken body costs the whole request; nothing of it is taken.',
  rows: [
    { name: 'nothing at all', request: post(() => ''), expected: problem(400, 'malformed_json') },
    { name: 'an empty array', request: post(() => '[]'), expected: { status: 202, items: [] } },
    { name: 'an array in an array', request: post((id) => `[[${JSON.stringify(good(id('1')))}],${JSON.stringify(good(id('2')))}]`), expected: { status: 202, items: ['not_an_object ', 'accepted'] } },
    { name: 'an array of nulls', request: post((id) => `[null,null,${JSON.stringify(good(id('1')))}]`), expected: { status: 202, items: ['not_an_object ', 'not_an_object ', 'accepted'] } },
    { name: 'one object instead of an array', request: post((id) => JSON.stringify(good(id('1')))), expected: { status: 202, items: ['accepted'] } },
    { name: 'a number', request: post(() => '42'), expected: { status: 202, items: ['not_an_object '] } },
    { name: 'a text', request: post(() => '"view"'), expected: { status: 202, items: ['not_an_object '] } },
    { name: 'cut in the middle', request: post((id) => json(id).slice(0, -12)), expected: problem(400, 'malformed_json') },
    { name: 'a trailing comma', request: post((id) => json(id).replace(']', ',]')), expected: problem(400, 'malformed_json') },
    { name: 'a comment', request: post((id) => `/* today */ ${json(id)}`), expected: problem(400, 'malformed_json') },
    { name: 'single quotes', request: post(() => "[{'type':'view'}]"), expected: problem(400, 'malformed_json') },
    { name: 'NaN', request: post(() => '[{"type":"view","price":NaN}]'), expected: problem(400, 'malformed_json') },
    { name: 'a control character in a text', request: post(() => '[{"type":"vi\u0001ew"}]'), expected: problem(400, 'malformed_json') },
    { name: 'NDJSON sent as JSON', request: post((id) => `${JSON.stringify(good(id('1')))}\n${JSON.stringify(good(id('2')))}`), expected: problem(400, 'malformed_json') },
    { name: 'XML', request: post(() => '<event type="view"/>'), expected: problem(400, 'malformed_json') },
    { name: 'brackets 200,000 deep, never closed', request: post(() => '['.repeat(200_000)), expected: problem(400, 'malformed_json') },
    { name: 'brackets 200,000 deep, closed', request: post(() => '['.repeat(200_000) + ']'.repeat(200_000)), expected: { status: 202, items: ['too_deep '] } },
    { name: '1,001 events', request: post((id) => JSON.stringify(Array.from({ length: 1_001 }, (_, n) => good(id(String(n)))))), expected: problem(413, 'too_many_items') },
    { name: '300,000 numbers', request: post(() => JSON.stringify(Array.from({ length: 300_000 }, () => 1))), expected: problem(413, 'too_many_items') },
    { name: '10 MB', request: post(() => Buffer.alloc(10 * MEBIBYTE, ' ')), expected: problem(413, 'body_too_large') },
    { name: '10 MB without a Content-Length', request: post(() => Buffer.alloc(10 * MEBIBYTE, ' '), { chunked: true }), expected: problem(413, 'body_too_large') },
    { name: 'one byte too many', request: post(() => Buffer.alloc(2 * MEBIBYTE + 1, ' ')), expected: problem(413, 'body_too_large') },
    { name: 'white space up to the limit', request: post((id) => json(id).padEnd(2 * MEBIBYTE, ' ')), expected: { status: 202, items: ['accepted'] } },
  ],
};

/** Bytes of other encodings inside the texts of a request whose other events are sound. */
function between(bytes: readonly number[], id: Ids): Buffer {
  const [before = '', after = ''] = JSON.stringify([good(id('1')), { ...good(id('2')), item_id: '@' }, good(id('3'))]).split('@');
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
}

const ONE_DAMAGED = { status: 202, items: ['accepted', 'invalid_utf8 ', 'accepted'] };

const ENCODINGS: Group = {
  title: 'Bodies: character encodings',
  about: 'UTF-8, with or without a byte order mark. Other bytes cost only the event they stand in, where that can be told.',
  rows: [
    { name: 'a byte order mark', request: post((id) => `\ufeff${json(id)}`), expected: { status: 202, items: ['accepted'] } },
    { name: 'UTF-16 with a byte order mark', request: post((id) => Buffer.from(`\ufeff${json(id)}`, 'utf16le')), expected: problem(400, 'invalid_utf8') },
    { name: 'UTF-16 without one', request: post((id) => Buffer.from(json(id), 'utf16le')), expected: problem(400, 'malformed_json') },
    { name: 'Latin-1 in one event', request: post((id) => between([0xeb], id)), expected: ONE_DAMAGED },
    { name: 'an overlong form in one event', request: post((id) => between([0xc0, 0xaf], id)), expected: ONE_DAMAGED },
    { name: 'a surrogate as bytes in one event', request: post((id) => between([0xed, 0xa0, 0x80], id)), expected: ONE_DAMAGED },
    { name: 'half a character in one event', request: post((id) => between([0xf0, 0x9f, 0x98], id)), expected: ONE_DAMAGED },
    { name: 'Latin-1 in the only event', request: post((id) => Buffer.from(JSON.stringify({ ...good(id('1')), item_id: 'ë' }), 'latin1')), expected: problem(400, 'invalid_utf8') },
    { name: 'Latin-1 in one line', request: lines((id) => Buffer.concat([Buffer.from(`${JSON.stringify(good(id('1')))}\n`), Buffer.from(JSON.stringify({ ...good(id('2')), item_id: 'ë' }), 'latin1'), Buffer.from(`\n${JSON.stringify(good(id('3')))}`)])), expected: ONE_DAMAGED },
    { name: 'U+FFFD itself, sent as UTF-8', request: post((id) => JSON.stringify([{ ...good(id('1')), text: '\ufffd' }])), expected: { status: 202, items: ['accepted'] } },
    { name: '`charset=utf-16`', request: post(json, { headers: { 'content-type': 'application/json; charset=utf-16' } }), expected: problem(415, 'media_type_not_supported') },
    { name: '`charset=iso-8859-1`', request: post(json, { headers: { 'content-type': 'application/json;charset="ISO-8859-1"' } }), expected: problem(415, 'media_type_not_supported') },
    { name: '`charset=UTF-8` in capitals', request: post(json, { headers: { 'content-type': 'APPLICATION/JSON; CHARSET=UTF-8' } }), expected: { status: 202, items: ['accepted'] } },
    { name: 'no Content-Type', request: (id) => ({ method: 'POST', path: '/v1/events', body: json(id) }), expected: problem(415, 'media_type_not_supported') },
    { name: '`text/plain`', request: post(json, { headers: { 'content-type': 'text/plain' } }), expected: problem(415, 'media_type_not_supported') },
    { name: 'a form', request: post(() => 'type=view', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }), expected: problem(415, 'media_type_not_supported') },
    { name: 'a Content-Type that is none', request: post(json, { headers: { 'content-type': ';;;' } }), expected: problem(415, 'media_type_not_supported') },
  ],
};

/** A hundred megabytes of nothing, in 100 KB (gzip) or 80 bytes (br); made once, when the first is sent. */
function bomb(pack: (bytes: Buffer) => Buffer): () => Buffer {
  let packed: Buffer | undefined;
  return () => (packed ??= pack(Buffer.alloc(100 * MEBIBYTE)));
}

const gzipBomb = bomb(gzipSync);
const deflateBomb = bomb(deflateSync);
const brotliBomb = bomb(brotliCompressSync);

const packed = (pack: (text: string) => Buffer, encoding: string): Row['request'] => post((id) => pack(json(id)), { headers: { 'content-encoding': encoding } });

const COMPRESSION: Group = {
  title: 'Bodies: compression',
  about: 'gzip, deflate and br are read; the limit of 2 MiB is for what they inflate to, and inflating stops there.',
  rows: [
    { name: 'gzip', request: packed(gzipSync, 'gzip'), expected: { status: 202, items: ['accepted'] } },
    { name: 'deflate', request: packed(deflateSync, 'deflate'), expected: { status: 202, items: ['accepted'] } },
    { name: 'br', request: packed(brotliCompressSync, 'br'), expected: { status: 202, items: ['accepted'] } },
    { name: '`identity`', request: post(json, { headers: { 'content-encoding': 'identity' } }), expected: { status: 202, items: ['accepted'] } },
    { name: 'a gzip bomb: 100 KB that inflate to 100 MB', request: post(gzipBomb, { headers: { 'content-encoding': 'gzip' } }), expected: problem(413, 'body_too_large') },
    { name: 'a deflate bomb', request: post(deflateBomb, { headers: { 'content-encoding': 'deflate' } }), expected: problem(413, 'body_too_large') },
    { name: 'a br bomb: 80 bytes that inflate to 100 MB', request: post(brotliBomb, { headers: { 'content-encoding': 'br' } }), expected: problem(413, 'body_too_large') },
    { name: 'gzip that was cut off', request: packed((text) => gzipSync(text).subarray(0, -6), 'gzip'), expected: problem(400, 'malformed_compression') },
    { name: 'gzip with a byte flipped', request: packed((text) => gzipSync(text).fill(0xff, 12, 16), 'gzip'), expected: problem(400, 'malformed_compression') },
    { name: 'not compressed at all', request: post(json, { headers: { 'content-encoding': 'gzip' } }), expected: problem(400, 'malformed_compression') },
    { name: 'compressed twice, said once', request: packed((text) => gzipSync(gzipSync(text)), 'gzip'), expected: problem(400, 'malformed_json') },
    { name: 'compressed twice, said twice', request: packed((text) => gzipSync(gzipSync(text)), 'gzip, gzip'), expected: { ...problem(415, 'encoding_not_supported'), header: ['accept-encoding', 'gzip, deflate, br'] } },
    { name: '`zstd`', request: post(json, { headers: { 'content-encoding': 'zstd' } }), expected: problem(415, 'encoding_not_supported') },
    { name: 'compressed, and not said', request: post((id) => gzipSync(json(id))), expected: problem(400, 'malformed_json') },
  ],
};

const line = (id: Ids, name: string): string => JSON.stringify(good(id(name)));

const NDJSON: Group = {
  title: 'Bodies: NDJSON',
  about: 'A line is an event, or costs only itself.',
  rows: [
    { name: 'nothing at all', request: lines(() => ''), expected: { status: 202, items: [] } },
    { name: 'nothing but line ends', request: lines(() => '\n'.repeat(100_000)), expected: { status: 202, items: [] } },
    { name: 'blank lines', request: lines((id) => `\n\n${line(id, '1')}\n \n\n${line(id, '2')}\n\n`), expected: { status: 202, items: ['accepted', 'accepted'] } },
    { name: 'CRLF', request: lines((id) => `${line(id, '1')}\r\n${line(id, '2')}\r\n`), expected: { status: 202, items: ['accepted', 'accepted'] } },
    { name: 'a byte order mark', request: lines((id) => `\ufeff${line(id, '1')}\n${line(id, '2')}`), expected: { status: 202, items: ['accepted', 'accepted'] } },
    { name: 'a half-written last line', request: lines((id) => `${line(id, '1')}\n${line(id, '2').slice(0, -9)}`), expected: { status: 202, items: ['accepted', 'malformed_json '] } },
    { name: 'a half-written first line', request: lines((id) => `${line(id, '1').slice(9)}\n${line(id, '2')}`), expected: { status: 202, items: ['malformed_json ', 'accepted'] } },
    { name: 'two events in a line', request: lines((id) => `${line(id, '1')}${line(id, '2')}\n${line(id, '3')}`), expected: { status: 202, items: ['malformed_json ', 'accepted'] } },
    { name: 'an event over two lines', request: lines((id) => `${line(id, '1').replace(',', ',\n')}\n${line(id, '2')}`), expected: { status: 202, items: ['malformed_json ', 'malformed_json ', 'accepted'] } },
    { name: 'a JSON array as a line', request: lines((id) => `[${line(id, '1')}]\n${line(id, '2')}`), expected: { status: 202, items: ['not_an_object ', 'accepted'] } },
    { name: 'NaN in a line', request: lines((id) => `{"type":"view","price":NaN}\n${line(id, '1')}`), expected: { status: 202, items: ['malformed_json ', 'accepted'] } },
    { name: 'a line of NULs', request: lines((id) => `${'\u0000'.repeat(1_000)}\n${line(id, '1')}`), expected: { status: 202, items: ['malformed_json ', 'accepted'] } },
    { name: 'a line of 1.9 MB', request: lines((id) => `${'x'.repeat(1_900_000)}\n${line(id, '1')}`), expected: { status: 202, items: ['malformed_json ', 'accepted'] } },
    { name: '1,001 lines', request: lines((id) => Array.from({ length: 1_001 }, (_, n) => line(id, String(n))).join('\n')), expected: problem(413, 'too_many_items') },
    { name: '700,000 lines', request: lines(() => '1\n'.repeat(700_000)), expected: problem(413, 'too_many_items') },
  ],
};

const PARAMETERS: Group = {
  title: 'Sending: parameters and headers',
  about: 'What is misspelt is refused: `?dryrun=true` must not write.',
  rows: [
    { name: '`dry_run` misspelt', request: post(json, { query: '?dryrun=true' }), expected: problem(422, 'unknown_parameter', '/query/dryrun') },
    { name: '`historical` misspelt', request: post(json, { query: '?historic=true' }), expected: problem(422, 'unknown_parameter', '/query/historic') },
    { name: 'a parameter of nobody’s', request: post(json, { query: '?utm_source=mail' }), expected: problem(422, 'unknown_parameter', '/query/utm_source') },
    { name: '`dry_run=perhaps`', request: post(json, { query: '?dry_run=perhaps' }), expected: problem(422, 'invalid_request', '/query/dry_run') },
    { name: '`dry_run=`', request: post(json, { query: '?dry_run=' }), expected: problem(422, 'invalid_request', '/query/dry_run') },
    { name: '`dry_run` twice', request: post(json, { query: '?dry_run=true&dry_run=false' }), expected: problem(422, 'invalid_request', '/query/dry_run') },
    { name: '`dry_run=true`', request: post((id) => `[${line(id, '1')},{}]`, { query: '?dry_run=true' }), expected: { status: 200, items: ['accepted', 'missing_field /type'] } },
    { name: '`Idempotency-Key` of 256 characters', request: post(json, { headers: { 'idempotency-key': 'k'.repeat(256) } }), expected: problem(400, 'idempotency_key') },
    { name: 'a page of another origin', request: post(json, { headers: { origin: 'https://elsewhere.example' } }), expected: problem(403, 'origin_not_allowed') },
    { name: 'an `X-Request-Id` with markup, replaced', request: post(json, { headers: { 'x-request-id': '<script>' } }), expected: { status: 202, items: ['accepted'] } },
  ],
};

export const BODY_GROUPS: readonly Group[] = [JSON_BODIES, ENCODINGS, COMPRESSION, NDJSON, PARAMETERS];
