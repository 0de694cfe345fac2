/** Requests that no HTTP client would send, as bytes on a socket; and requests that never end. */
import { good } from './row.js';

export interface WireRow {
  readonly name: string;
  /** `$id`: an id that no other row and no other round uses. */
  readonly bytes: Buffer | string;
  /** Of the answers, in order. The connection is closed by the server, or by us when it stays silent. */
  readonly statuses: readonly number[];
  /** Of the last one. */
  readonly code?: string;
  /** The client goes away after its bytes. */
  readonly leaves?: true;
}

export interface WireGroup {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly WireRow[];
}

const HOST = 'Host: localhost\r\n';
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;
const EVENT = JSON.stringify([good('$id')]);
const post = (headers: string, body: string): string => `POST /v1/events HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}\r\n${body}`;
const CLOSE = 'Connection: close\r\n';
const TLS_HELLO = Buffer.from('16030100c8010000c40303'.padEnd(400, 'a5'), 'hex');

const REQUESTS: WireGroup = {
  title: 'On the wire: broken requests',
  about: 'What is not HTTP is answered with 400 and closed; the next connection is served as ever.',
  rows: [
    { name: 'nonsense', bytes: 'NONSENSE\r\n\r\n', statuses: [400], code: 'malformed_request' },
    { name: 'nothing but line ends, then a request', bytes: `\r\n\r\n${get('/livez', CLOSE)}`, statuses: [200] },
    { name: 'a TLS handshake on a plain port', bytes: TLS_HELLO, statuses: [400], code: 'malformed_request' },
    { name: 'HTTP/2 without asking', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [400], code: 'malformed_request' },
    { name: 'HTTP/0.9', bytes: 'GET /livez\r\n\r\n', statuses: [400], code: 'host_missing' },
    { name: 'HTTP/1.0', bytes: `GET /livez HTTP/1.0\r\n${HOST}\r\n`, statuses: [200] },
    { name: 'HTTP/3.7', bytes: `GET /livez HTTP/3.7\r\n${HOST}\r\n`, statuses: [400], code: 'malformed_request' },
    { name: 'a method in lower case', bytes: `get /livez HTTP/1.1\r\n${HOST}\r\n`, statuses: [400], code: 'malformed_request' },
    { name: 'CONNECT', bytes: `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`, statuses: [] },
    { name: 'garbage behind a good request', bytes: `${get('/livez')}\u0001\u0002garbage\r\n\r\n`, statuses: [200, 400], code: 'malformed_request' },
    { name: 'three good requests at once', bytes: `${get('/livez')}${get('/livez')}${get('/livez', CLOSE)}`, statuses: [200, 200, 200] },
    { name: 'a URL of another host', bytes: `GET http://evil.example/livez HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, statuses: [421], code: 'host_not_allowed' },
    { name: 'a space in the URL', bytes: `GET /v1/items/a b HTTP/1.1\r\n${HOST}\r\n`, statuses: [400], code: 'malformed_request' },
    { name: 'a URL of 20 KB', bytes: get(`/v1/items?cursor=${'A'.repeat(20_000)}`), statuses: [431], code: 'headers_too_large' },
  ],
};

const HEADERS: WireGroup = {
  title: 'On the wire: headers',
  about: 'One Host that is ours, one length, 16 KiB in all.',
  rows: [
    { name: 'no Host', bytes: `GET /livez HTTP/1.1\r\n${CLOSE}\r\n`, statuses: [400], code: 'host_missing' },
    { name: 'two Hosts', bytes: get('/livez', `Host: evil.example\r\n${CLOSE}`), statuses: [400], code: 'malformed_request' },
    { name: 'a foreign Host', bytes: `GET /livez HTTP/1.1\r\nHost: evil.example\r\n${CLOSE}\r\n`, statuses: [421], code: 'host_not_allowed' },
    { name: 'a Host that begins like ours', bytes: `GET /livez HTTP/1.1\r\nHost: localhost.evil.example\r\n${CLOSE}\r\n`, statuses: [421], code: 'host_not_allowed' },
    { name: 'a Host with a user in it', bytes: `GET /livez HTTP/1.1\r\nHost: localhost@evil.example\r\n${CLOSE}\r\n`, statuses: [421], code: 'host_not_allowed' },
    { name: 'a foreign X-Forwarded-Host, which nobody reads', bytes: get('/livez', `X-Forwarded-Host: evil.example\r\n${CLOSE}`), statuses: [200] },
    { name: 'a header of 20 KB', bytes: get('/livez', `X-Much: ${'x'.repeat(20_000)}\r\n`), statuses: [431], code: 'headers_too_large' },
    { name: '3,000 headers', bytes: get('/livez', Array.from({ length: 3_000 }, (_, n) => `X-${n}: x\r\n`).join('')), statuses: [431], code: 'headers_too_large' },
    { name: 'a header without a colon', bytes: get('/livez', 'no colon\r\n'), statuses: [400], code: 'malformed_request' },
    { name: 'a NUL in a header', bytes: get('/livez', 'X-Nul: a\u0000b\r\n'), statuses: [400], code: 'malformed_request' },
    { name: 'a folded header', bytes: get('/livez', 'X-Folded: a\r\n b\r\n'), statuses: [400], code: 'malformed_request' },
    { name: 'an Upgrade, which is not taken', bytes: get('/livez', `Upgrade: websocket\r\nConnection: upgrade, close\r\n`), statuses: [200] },
    { name: 'an Expect of something else', bytes: post(`Expect: coffee\r\nContent-Length: ${EVENT.length}\r\n${CLOSE}`, EVENT), statuses: [417], code: 'expectation_failed' },
  ],
};

const LENGTHS: WireGroup = {
  title: 'On the wire: lengths',
  about: 'A request whose end is not clear is refused: two servers in a row must not see different requests.',
  rows: [
    { name: 'two different Content-Lengths', bytes: post('Content-Length: 2\r\nContent-Length: 3\r\n', '[]'), statuses: [400], code: 'malformed_request' },
    { name: 'the same Content-Length twice', bytes: post('Content-Length: 2\r\nContent-Length: 2\r\n', '[]'), statuses: [400], code: 'malformed_request' },
    { name: 'Content-Length and chunks', bytes: post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\n[]\r\n0\r\n\r\n'), statuses: [400], code: 'malformed_request' },
    { name: 'a negative Content-Length', bytes: post('Content-Length: -1\r\n', '[]'), statuses: [400], code: 'malformed_request' },
    { name: 'a Content-Length that is no number', bytes: post('Content-Length: two\r\n', '[]'), statuses: [400], code: 'malformed_request' },
    { name: 'a Content-Length beyond 2⁶⁴', bytes: post('Content-Length: 99999999999999999999999\r\n', '[]'), statuses: [400], code: 'malformed_request' },
    { name: 'a body longer than its Content-Length', bytes: post('Content-Length: 2\r\n', '[]{"type":"view"}\r\n\r\n'), statuses: [202, 400], code: 'malformed_request' },
    { name: 'a body shorter than its Content-Length: the client leaves, nothing is taken', bytes: post('Content-Length: 5000\r\n', EVENT), statuses: [], leaves: true },
    { name: 'no length at all: an empty body', bytes: post(CLOSE, ''), statuses: [400], code: 'malformed_json' },
    { name: 'a chunk with a size that is no number', bytes: post('Transfer-Encoding: chunked\r\n', 'zz\r\n[]\r\n0\r\n\r\n'), statuses: [400], code: 'malformed_request' },
    { name: 'a chunk with a size beyond 2⁶⁴', bytes: post('Transfer-Encoding: chunked\r\n', 'fffffffffffffffff\r\n[]'), statuses: [400], code: 'malformed_request' },
    { name: 'a chunk longer than its size', bytes: post('Transfer-Encoding: chunked\r\n', '1\r\n[]\r\n0\r\n\r\n'), statuses: [400], code: 'malformed_request' },
    { name: 'chunks that end in the middle: the client leaves, nothing is taken', bytes: post('Transfer-Encoding: chunked\r\n', `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`), statuses: [], leaves: true },
    { name: 'an unknown Transfer-Encoding', bytes: post('Transfer-Encoding: gzip\r\n', EVENT), statuses: [400], code: 'malformed_request' },
  ],
};

export const WIRE_GROUPS: readonly WireGroup[] = [REQUESTS, HEADERS, LENGTHS];

/** Connections that would stay for ever: each is closed by the limit it names. */
export const ENDLESS = [
  { name: 'headers that never end', first: 'GET /livez HTTP/1.1\r\nHost: localhost\r\n', again: 'X-Slow: 1\r\n', limitMs: 10_000 },
  { name: 'a body whose end never comes', first: post('Content-Length: 1000000\r\n', '['), again: ' ', limitMs: 30_000 },
  { name: 'chunks that never end', first: post('Transfer-Encoding: chunked\r\n', '1\r\n[\r\n'), again: '1\r\n \r\n', limitMs: 30_000 },
] as const;

/** How often the server looks for them. */
export const TIMEOUT_CHECK_MS = 5_000;
