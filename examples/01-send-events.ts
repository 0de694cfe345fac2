/** Sends events as a JSON array and as lines, one of them wrong, one of them twice, and shows what became of each. */
import { call, fresh, show } from './freshet.js';

interface Results {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly items: readonly { readonly index: number; readonly status: string; readonly problem?: { readonly code: string; readonly pointer: string } }[];
}

const shopper = fresh('ada');
const events = [
  { id: `${shopper}-1`, type: 'view', user_id: shopper, item_id: 'mugs-001' },
  { id: `${shopper}-2`, type: 'cart', user_id: shopper, item_id: 'mugs-001' },
  // Without an item: rejected, and its neighbours don't mind.
  { id: `${shopper}-3`, type: 'view', user_id: shopper },
];

const first = await call<Results>('POST', '/v1/events', events);
for (const { index, status, problem } of first.items) show(`event ${index}`, problem === undefined ? status : `${status}: ${problem.code} at ${problem.pointer}`);

// The connection broke before the answer came? Send the same again: ids make it harmless.
const again = await call<Results>('POST', '/v1/events', events.map((event) => JSON.stringify(event)).join('\n'));
show('sent again, as lines', `${again.accepted} accepted, ${again.duplicates} duplicates`);
