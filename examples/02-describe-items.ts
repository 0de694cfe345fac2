/** Describes items, changes a price, takes one out of the shop: answers follow within milliseconds. */
import { call, fresh, show } from './freshet.js';

const run = fresh('lamp');
const items = ['desk', 'floor', 'wall'].map((kind, n) => ({
  id: `${run}-${kind}`,
  title: `${kind} lamp`,
  categories: [run],
  brand: 'Lumen',
  price: 20 + 15 * n,
  available: true,
  attributes: { watts: 7 + n },
}));

const written = await call<{ accepted: number; sequence: number }>('POST', '/v1/items:batch', items);
show('described', written.accepted);

const changed = await call<{ sequence: number }>('PATCH', `/v1/items/${run}-wall`, { price: 9.5 });
const now = await call<{ price: number }>('GET', `/v1/items/${run}-wall?after_sequence=${changed.sequence}`);
show('the wall lamp costs', String(now.price));

await call('POST', '/v1/events', items.map(({ id }) => ({ type: 'view', user_id: fresh('eve'), item_id: id })));
const gone = await call<{ sequence: number }>('PATCH', `/v1/items/${run}-desk`, { available: false });
const list = await call<{ items: { id: string }[] }>('GET', `/v1/trending?category=${run}&after_sequence=${gone.sequence}`);
show('trending among the lamps now', list.items.map(({ id }) => id).join(', '));
