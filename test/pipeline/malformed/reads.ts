/** Asking: parameters, cursors, ids, bodies of recommendations, routes and methods that don't exist. */
import { type Expected, type Group, JSON_HEADERS, problem, type Row } from './row.js';

const get = (path: string): Row['request'] => () => ({ method: 'GET', path });
const ask = (body: unknown): Row['request'] => () => ({ method: 'POST', path: '/v1/recommendations', headers: JSON_HEADERS, body: typeof body === 'string' ? body : JSON.stringify(body) });
const invalid = (pointer: string): Expected => problem(422, 'invalid_request', pointer);
const ANSWERED: Expected = { status: 200 };
const LIST = '/v1/users/ada/recommendations';

const PARAMETERS: Group = {
  title: 'Reading: parameters',
  about: 'Checked by the schemas that /openapi.json shows; unknown and repeated ones are refused.',
  rows: [
    ...['0', '-1', '1.5', '1e9', '1e400', 'abc', '', '101', '0x10', '9'.repeat(400)].map((value): Row => ({ name: `\`limit=${value.slice(0, 10)}${value.length > 10 ? '…' : ''}\``, request: get(`${LIST}?limit=${value}`), expected: invalid('/query/limit') })),
    { name: '`limit` twice', request: get(`${LIST}?limit=5&limit=6`), expected: invalid('/query/limit') },
    { name: '`limit` misspelt', request: get(`${LIST}?limti=5`), expected: problem(422, 'unknown_parameter', '/query/limti') },
    { name: '`excludeIds`', request: get(`${LIST}?excludeIds=mug`), expected: problem(422, 'unknown_parameter', '/query/excludeIds') },
    { name: '`__proto__` as a parameter', request: get(`${LIST}?__proto__=1`), expected: problem(422, 'unknown_parameter', '/query/__proto__') },
    { name: 'a parameter on a route that has none', request: get('/v1/version?verbose=1'), expected: problem(422, 'unknown_parameter', '/query/verbose') },
    ...['-1', '1.5', 'last'].map((value): Row => ({ name: `\`after_sequence=${value}\``, request: get(`${LIST}?after_sequence=${value}`), expected: invalid('/query/after_sequence') })),
    { name: '`after_sequence` that never comes', request: get('/v1/models/latest?after_sequence=900000000000'), expected: problem(409, 'sequence_not_reached') },
    { name: '`explain=maybe`', request: get(`${LIST}?explain=maybe`), expected: invalid('/query/explain') },
    { name: '`available=none`', request: get(`${LIST}?available=none`), expected: invalid('/query/available') },
    { name: '`window=2h`', request: get('/v1/trending?window=2h'), expected: invalid('/query/window') },
    { name: '`category` of white space', request: get('/v1/trending?category=%20'), expected: invalid('/query/category') },
    { name: '`category` in another case', request: get('/v1/trending?category=%20MUGS%00'), expected: ANSWERED },
    { name: '`exclude_ids` with commas and repeated', request: get(`${LIST}?exclude_ids=a,b&exclude_ids=c,`), expected: ANSWERED },
    { name: '501 `exclude_ids`', request: get(`${LIST}?exclude_ids=${Array.from({ length: 501 }, (_, n) => n).join(',')}`), expected: invalid('/query/exclude_ids') },
    { name: '`filter` that isn’t JSON', request: get(`${LIST}?filter=price<3`), expected: invalid('/query/filter') },
    { name: '`filter` with an operator that there isn’t', request: get(`${LIST}?filter=${encodeURIComponent('{"price":{"below":3}}')}`), expected: problem(422, 'invalid_filter', '/query/filter/price/below') },
    { name: 'percent signs that decode to nothing sensible', request: get(`${LIST}?exclude_ids=%zz%`), expected: ANSWERED },
    { name: 'a forged cursor', request: get('/v1/items?cursor=%21%21%21'), expected: problem(422, 'invalid_cursor', '/query/cursor') },
    { name: 'a cursor made of random bytes', request: get('/v1/items?cursor=_____w'), expected: problem(422, 'invalid_cursor', '/query/cursor') },
    { name: 'a cursor of 1,001 characters', request: get(`/v1/items?cursor=${'A'.repeat(1_001)}`), expected: invalid('/query/cursor') },
    { name: 'version 0', request: get('/v1/models/0'), expected: invalid('/path/version') },
    { name: 'version `abc`', request: get('/v1/models/abc'), expected: invalid('/path/version') },
    { name: 'a version that isn’t there', request: get('/v1/models/900000000'), expected: problem(404, 'version_not_found') },
    { name: 'an item nobody knows', request: get('/v1/items/nobody-knows/similar'), expected: problem(404, 'item_not_found') },
    { name: 'an event nobody sent', request: get('/v1/events/nobody-sent'), expected: problem(404, 'event_not_found') },
    { name: 'a shopper nobody knows', request: get('/v1/users/nobody-knows/recommendations'), expected: ANSWERED },
    { name: 'a shopper’s id of 129 characters', request: get(`/v1/users/${'x'.repeat(129)}/recommendations`), expected: invalid('/path/user_id') },
    { name: 'a shopper’s id of white space', request: get('/v1/users/%20/recommendations'), expected: invalid('/path/user_id') },
    { name: 'SQL as a shopper’s id', request: get(`/v1/users/${encodeURIComponent("x'; drop table users; --")}/recommendations`), expected: ANSWERED },
  ],
};

const BODIES: Group = {
  title: 'Reading: bodies of `POST /v1/recommendations`',
  about: 'Unsent events in `session` are checked as `POST /v1/events` checks them.',
  rows: [
    { name: 'a list', request: ask([]), expected: invalid('') },
    { name: 'null', request: ask('null'), expected: invalid('') },
    { name: 'nothing', request: ask(''), expected: problem(400, 'malformed_json') },
    { name: 'an unknown property', request: ask({ user: 'ada' }), expected: invalid('/user') },
    { name: 'a key `__proto__`', request: ask('{"user_id":"ada","__proto__":{"limit":1}}'), expected: problem(400, 'malformed_json') },
    { name: 'a key `constructor` with a `prototype`', request: ask('{"session":[{"type":"view","item_id":"mug","constructor":{"prototype":{}}}]}'), expected: problem(400, 'malformed_json') },
    { name: '`user_id` is a number', request: ask({ user_id: 42 }), expected: invalid('/user_id') },
    { name: '`user_id` is white space', request: ask({ user_id: ' ' }), expected: invalid('/user_id') },
    { name: '`limit` is a text', request: ask({ limit: '5' }), expected: invalid('/limit') },
    { name: '`limit: 1e9`', request: ask({ limit: 1e9 }), expected: invalid('/limit') },
    { name: 'an unknown `context`', request: ask({ context: 'kitchen' }), expected: invalid('/context') },
    { name: '501 `exclude_ids`', request: ask({ exclude_ids: Array.from({ length: 501 }, String) }), expected: invalid('/exclude_ids') },
    { name: '`filter` is a text', request: ask({ filter: 'price < 3' }), expected: invalid('/filter') },
    { name: '`filter` by an unknown field', request: ask({ filter: { prise: 3 } }), expected: problem(422, 'invalid_filter', '/filter/prise') },
    { name: '`filter` with a number as a text', request: ask({ filter: { price: { lte: '3' } } }), expected: problem(422, 'invalid_filter', '/filter/price/lte') },
    { name: '`filter` with 101 values', request: ask({ filter: { brand: Array.from({ length: 101 }, String) } }), expected: problem(422, 'invalid_filter', '/filter/brand') },
    { name: '`filter` nested 100 deep', request: ask({ filter: { brand: JSON.parse(`${'{"any":'.repeat(100)}1${'}'.repeat(100)}`) as object } }), expected: problem(422, 'invalid_filter', '/filter/brand/any') },
    { name: '51 unsent events', request: ask({ session: Array.from({ length: 51 }, () => ({ type: 'view', item_id: 'mug' })) }), expected: invalid('/session') },
    { name: 'an unsent event of an unknown type', request: ask({ session: [{ type: 'view', item_id: 'mug' }, { type: 'look', item_id: 'mug' }] }), expected: invalid('/session/1/type') },
    { name: 'an unsent event at no time', request: ask({ session: [{ type: 'view', item_id: 'mug', timestamp: 'yesterday' }] }), expected: invalid('/session/0/timestamp') },
    { name: 'an unsent event in the future', request: ask({ session: [{ type: 'view', item_id: 'mug', timestamp: 4e12 }] }), expected: invalid('/session/0/timestamp') },
    { name: 'an unsent view of no item', request: ask({ session: [{ type: 'view' }] }), expected: invalid('/session/0/item_id') },
    { name: 'a property nested 100,000 deep', request: ask(`{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), expected: invalid('/x') },
    { name: 'Latin-1', request: () => ({ method: 'POST', path: '/v1/recommendations', headers: JSON_HEADERS, body: Buffer.from('{"user_id":"Zo\u00eb"}', 'latin1') }), expected: problem(400, 'invalid_utf8') },
  ],
};

const find = (body: unknown): Row['request'] => () => ({ method: 'POST', path: '/v1/search', headers: JSON_HEADERS, body: typeof body === 'string' ? body : JSON.stringify(body) });

const SEARCHES: Group = {
  title: 'Reading: searches',
  about: 'What was typed is never wrong in itself: any text of up to 200 characters is answered.',
  rows: [
    { name: 'no `q`', request: find({}), expected: invalid('/q') },
    { name: '`q` is empty', request: find({ q: '' }), expected: invalid('/q') },
    { name: '`q` is white space and control characters', request: find({ q: ' \u0000\t' }), expected: invalid('/q') },
    { name: '`q` of 201 characters', request: find({ q: 'x'.repeat(201) }), expected: invalid('/q') },
    { name: '`q` is a number', request: find({ q: 3 }), expected: invalid('/q') },
    { name: 'punctuation, half a surrogate pair, SQL, a regular expression', request: find({ q: '\ud800 (.*)+$ \' or 1=1 --' }), expected: ANSWERED },
    { name: '100 words', request: find({ q: 'a '.repeat(100).trim() }), expected: ANSWERED },
    { name: 'a shopper nobody knows', request: find({ q: 'mug', user_id: 'nobody-at-all' }), expected: ANSWERED },
    { name: '`offset: 401`', request: find({ q: 'mug', offset: 401 }), expected: invalid('/offset') },
    { name: 'an unknown facet', request: find({ q: 'mug', facets: ['colour'] }), expected: problem(422, 'invalid_filter', '/facets/0') },
    { name: 'nine facets', request: find({ q: 'mug', facets: Array.from({ length: 9 }, (_, n) => `attributes.a${n}`) }), expected: invalid('/facets') },
    { name: 'an unknown property', request: find({ q: 'mug', query: 'mug' }), expected: invalid('/query') },
    { name: 'suggestions of nothing', request: get('/v1/search/suggestions?q='), expected: invalid('/query/q') },
    { name: '21 suggestions', request: get('/v1/search/suggestions?q=mu&limit=21'), expected: invalid('/query/limit') },
  ],
};

const ROUTES: Group = {
  title: 'Reading: routes and methods',
  about: '`HEAD` answers where `GET` does; `OPTIONS` says what there is; nothing reaches the file system.',
  rows: [
    { name: 'a route that isn’t there', request: get('/v2/items'), expected: problem(404, 'route_not_found') },
    { name: 'the end of a route', request: get('/v1'), expected: problem(404, 'route_not_found') },
    { name: 'two slashes', request: get('//v1/items'), expected: problem(404, 'route_not_found') },
    { name: 'a method that the route hasn’t', request: () => ({ method: 'DELETE', path: '/v1/recommendations' }), expected: { ...problem(405, 'method_not_allowed'), header: ['allow', 'POST, OPTIONS'] } },
    { name: 'TRACE', request: () => ({ method: 'TRACE', path: '/v1/items' }), expected: { ...problem(405, 'method_not_allowed'), header: ['allow', 'GET, HEAD, OPTIONS'] } },
    { name: 'HEAD', request: () => ({ method: 'HEAD', path: '/v1/items' }), expected: ANSWERED },
    { name: 'HEAD where only POST is', request: () => ({ method: 'HEAD', path: '/v1/recommendations' }), expected: { status: 405 } },
    { name: 'OPTIONS', request: () => ({ method: 'OPTIONS', path: '/v1/items/mug' }), expected: { status: 204, header: ['allow', 'PUT, PATCH, DELETE, GET, HEAD, OPTIONS'] } },
    { name: 'OPTIONS of nothing', request: () => ({ method: 'OPTIONS', path: '/v2' }), expected: problem(404, 'route_not_found') },
    { name: 'GET with a body, which is not read', request: () => ({ method: 'GET', path: '/v1/items', headers: JSON_HEADERS, body: '{"limit":' }), expected: ANSWERED },
    { name: 'a path out of the files', request: get('/../../../../etc/passwd'), expected: problem(404, 'route_not_found') },
    { name: 'the same, percent-encoded', request: get('/%2e%2e/%2e%2e/etc/passwd'), expected: problem(404, 'route_not_found') },
    { name: 'the same, below a prefix of files', request: get('/console/..%2f..%2f..%2fetc%2fpasswd'), expected: problem(404, 'route_not_found') },
    { name: 'a NUL in the path', request: get('/v1/items%00.json'), expected: problem(404, 'route_not_found') },
    { name: 'markup in the path, not sent back as markup', request: get('/%3Cscript%3Ealert(1)%3C/script%3E'), expected: problem(404, 'route_not_found') },
  ],
};

export const READ_GROUPS: readonly Group[] = [PARAMETERS, BODIES, SEARCHES, ROUTES];
