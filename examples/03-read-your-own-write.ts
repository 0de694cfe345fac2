/** A shopper does something; her next list has it in mind, says why, and says which model it came from. */
import { call, fresh, show } from './freshet.js';

interface List {
  readonly model_version: number;
  readonly fallback: string;
  readonly took_ms: number;
  readonly items: readonly { readonly id: string; readonly score: number; readonly reasons?: readonly { readonly contribution: number }[] }[];
}

const shopper = fresh('bea');
const path = `/v1/users/${shopper}/recommendations?limit=5`;

const before = await call<List>('GET', path);
show('a stranger gets', `${before.items.map(({ id }) => id).join(', ')} (${before.fallback})`);
const [item] = before.items;
if (item === undefined) throw new Error('the shop has no items yet: start the demo, or run example 02');

const sent = await call<{ sequence: number }>('POST', '/v1/events', [{ type: 'purchase', user_id: shopper, item_id: item.id }]);
const started = performance.now();
const after = await call<List>('GET', `${path}&explain=true&wait_for=history&after_sequence=${sent.sequence}`);
show(`after buying ${item.id}`, `${after.items.map(({ id }) => id).join(', ')} (${after.fallback}), ${(performance.now() - started).toFixed(1)} ms later`);
show('why the first one', after.items[0]?.reasons ?? []);
