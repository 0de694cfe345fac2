/** The catalogue: an item alone in its request, and batches, whose good neighbours must be accepted. */
import { type Expected, type Group, JSON_HEADERS, problem, Raw, type Row, type Sent } from './row.js';

const MUG = { title: 'Mug', categories: ['mugs'], price: 12.5, available: true };

function write(method: string, path: string, body: unknown): Row['request'] {
  const text = body instanceof Raw ? body.text : JSON.stringify(body);
  return (): Sent => ({ method, path, headers: JSON_HEADERS, ...(body === undefined ? {} : { body: text }) });
}

const put = (fields: object, pointer: string, code = 'wrong_type'): Pick<Row, 'request' | 'expected'> => ({
  request: write('PUT', '/v1/items/mug', { ...MUG, ...fields }),
  expected: problem(422, code, pointer),
});

const WRITTEN: Expected = { status: 202 };

const ALONE: Group = {
  title: 'Items: one in its request',
  about: 'Alone, a bad item is the answer: 422 with its place.',
  rows: [
    ...['title', 'description', 'brand', 'image_url', 'url'].map((field): Row => ({ name: `\`${field}\` is a number`, ...put({ [field]: 42 }, `/${field}`) })),
    { name: '`price` is a text', ...put({ price: '12,50' }, '/price') },
    { name: 'a negative `price`', ...put({ price: -0.01 }, '/price', 'out_of_range') },
    { name: 'a huge `price`', ...put({ price: 1e300 }, '/price', 'out_of_range') },
    { name: '`price` is `1e999`', request: write('PUT', '/v1/items/mug', new Raw('{"title":"Mug","price":1e999}')), expected: problem(422, 'wrong_type', '/price') },
    { name: '`available` is a text', ...put({ available: 'yes' }, '/available') },
    { name: '`categories` is a text', ...put({ categories: 'mugs' }, '/categories') },
    { name: '`categories` holds numbers', ...put({ categories: ['mugs', 1] }, '/categories/1') },
    { name: '33 categories', ...put({ categories: Array.from({ length: 33 }, (_, n) => `c${n}`) }, '/categories', 'too_many') },
    { name: '`attributes` is a list', ...put({ attributes: [] }, '/attributes') },
    { name: 'an attribute that is an object', ...put({ attributes: { size: { cm: 3 } } }, '/attributes/size') },
    { name: 'the same under a name with a line break', ...put({ attributes: { '\u2028size': { cm: 3 } } }, '/attributes/\u2028size') },
    { name: '101 attributes', ...put({ attributes: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`a${n}`, n])) }, '/attributes', 'too_many') },
    { name: 'an attribute called `__proto__`', request: write('PUT', '/v1/items/mug', new Raw('{"title":"Mug","attributes":{"__proto__":1}}')), expected: problem(422, 'forbidden_name', '/attributes/__proto__') },
    { name: 'an attribute called `constructor`', ...put({ attributes: { constructor: 'Lego' } }, '/attributes/constructor', 'forbidden_name') },
    { name: 'a script as `url`', ...put({ url: 'javascript:alert(1)' }, '/url') },
    { name: 'another host’s `image_url` without a scheme', ...put({ image_url: '//elsewhere.example/x.png' }, '/image_url') },
    { name: 'PUT without `title`', ...put({ title: ' ' }, '/title', 'missing_field') },
    { name: 'PUT with another id in the body', ...put({ id: 'jug' }, '/id', 'id_mismatch') },
    { name: 'PUT with an id that is a number', ...put({ id: 7 }, '/id') },
    { name: 'PUT with the same id in the body', request: write('PUT', '/v1/items/mug', { ...MUG, id: ' mug' }), expected: WRITTEN },
    { name: 'PUT with unknown fields, dropped', request: write('PUT', '/v1/items/mug', { ...MUG, titel: 'Mug' }), expected: WRITTEN },
    { name: 'PUT of a list', request: write('PUT', '/v1/items/mug', [MUG]), expected: problem(422, 'not_an_object', '') },
    { name: 'PUT of null', request: write('PUT', '/v1/items/mug', null), expected: problem(422, 'not_an_object', '') },
    { name: 'PUT of nothing', request: write('PUT', '/v1/items/mug', new Raw('')), expected: problem(400, 'malformed_json') },
    { name: 'PUT nested 40 deep', request: write('PUT', '/v1/items/mug', new Raw(`{"title":"Mug","x":${'['.repeat(40)}${']'.repeat(40)}}`)), expected: problem(422, 'too_deep', '') },
    { name: 'PUT of 1.1 MB', request: write('PUT', '/v1/items/mug', { ...MUG, description: 'x'.repeat(1_100_000) }), expected: problem(413, 'body_too_large') },
    { name: 'PUT in Latin-1', request: write('PUT', '/v1/items/mug', new Raw(Buffer.from('{"title":"Caf\u00e9"}', 'latin1'))), expected: problem(400, 'invalid_utf8') },
    { name: 'PATCH of nothing: `{}`', request: write('PATCH', '/v1/items/mug', {}), expected: problem(422, 'empty_patch', '') },
    { name: 'PATCH of misspelt fields alone', request: write('PATCH', '/v1/items/mug', { titel: 'Mug', prise: 3 }), expected: problem(422, 'empty_patch', '') },
    { name: 'PATCH of null alone', request: write('PATCH', '/v1/items/mug', { brand: null }), expected: problem(422, 'empty_patch', '') },
    { name: 'DELETE of an item nobody knows', request: write('DELETE', '/v1/items/nobody-knows', undefined), expected: WRITTEN },
    { name: 'DELETE twice', request: write('DELETE', '/v1/items/nobody-knows', undefined), expected: WRITTEN },
    { name: 'DELETE with a parameter', request: write('DELETE', '/v1/items/nobody-knows?force=true', undefined), expected: problem(422, 'unknown_parameter', '/query/force') },
  ],
};

const IDS: Group = {
  title: 'Items: ids in the path',
  about: 'Percent-encoded UTF-8; cleaned as everywhere.',
  rows: [
    { name: '129 characters', request: write('PUT', `/v1/items/${'x'.repeat(129)}`, MUG), expected: problem(422, 'too_long', '/id') },
    { name: '5,000 characters', request: write('PUT', `/v1/items/${'x'.repeat(5_000)}`, MUG), expected: problem(414, 'uri_too_long') },
    { name: 'white space', request: write('PUT', '/v1/items/%20%09', MUG), expected: problem(422, 'missing_field', '/id') },
    { name: 'NUL', request: write('PUT', '/v1/items/%00', MUG), expected: problem(422, 'missing_field', '/id') },
    { name: 'nothing', request: write('PUT', '/v1/items/', MUG), expected: problem(422, 'missing_field', '/id') },
    { name: '`%zz`', request: write('PUT', '/v1/items/%zz', MUG), expected: problem(400, 'malformed_url') },
    { name: 'Latin-1, percent-encoded', request: write('PUT', '/v1/items/%EB', MUG), expected: problem(400, 'malformed_url') },
    { name: 'a slash as `%2F`', request: write('PUT', '/v1/items/a%2Fb', MUG), expected: WRITTEN },
    { name: 'a slash as it is', request: write('PUT', '/v1/items/a/b', MUG), expected: problem(404, 'route_not_found') },
    { name: '`..`', request: write('PUT', '/v1/items/..', MUG), expected: WRITTEN },
    { name: 'emoji', request: write('PUT', `/v1/items/${encodeURIComponent('😀')}`, MUG), expected: WRITTEN },
    { name: 'a right-to-left mark', request: write('PUT', '/v1/items/%E2%80%AEgnp', MUG), expected: WRITTEN },
    { name: '`__proto__`', request: write('PUT', '/v1/items/__proto__', MUG), expected: WRITTEN },
  ],
};

const batch = (...bad: readonly unknown[]): Row['request'] => write('POST', '/v1/items:batch', [{ id: 'mug', ...MUG }, ...bad, { id: 'mug', op: 'patch', price: 11 }]);
const beside = (...outcomes: readonly string[]): Expected => ({ status: 202, items: ['accepted', ...outcomes, 'accepted'] });

const BATCHES: Group = {
  title: 'Items: batches',
  about: 'A bad item never fails its neighbours.',
  rows: [
    { name: 'items that are none', request: batch(null, 7, 'mug', []), expected: beside('not_an_object ', 'not_an_object ', 'not_an_object ', 'not_an_object ') },
    { name: 'no `id`, an empty one, a number', request: batch({ ...MUG }, { ...MUG, id: '' }, { ...MUG, id: 7 }), expected: beside('missing_field /id', 'missing_field /id', 'wrong_type /id') },
    { name: 'an `id` of 129 characters', request: batch({ ...MUG, id: 'x'.repeat(129) }), expected: beside('too_long /id') },
    { name: 'an unknown `op`', request: batch({ id: 'jug', op: 'burn' }), expected: beside('out_of_range /op') },
    { name: 'no `title`', request: batch({ id: 'jug', price: 3 }), expected: beside('missing_field /title') },
    { name: 'a patch of nothing', request: batch({ id: 'jug', op: 'patch' }), expected: beside('empty_patch ') },
    { name: 'a negative price', request: batch({ id: 'jug', title: 'Jug', price: -1 }), expected: beside('out_of_range /price') },
    { name: 'nested 100,000 deep', request: write('POST', '/v1/items:batch', new Raw(`[{"id":"mug","title":"Mug"},{"id":"jug","title":"Jug","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}]`)), expected: { status: 202, items: ['accepted', 'too_deep '] } },
    { name: '1,001 items', request: write('POST', '/v1/items:batch', Array.from({ length: 1_001 }, () => ({ id: 'mug', ...MUG }))), expected: problem(413, 'too_many_items') },
    { name: 'a parameter that only events have', request: write('POST', '/v1/items:batch?historical=true', [{ id: 'mug', ...MUG }]), expected: problem(422, 'unknown_parameter', '/query/historical') },
  ],
};

export const ITEM_GROUPS: readonly Group[] = [ALONE, IDS, BATCHES];
