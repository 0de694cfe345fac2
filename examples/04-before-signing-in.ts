/** A visitor without an account is known by the session; when she signs in, what she did comes along. */
import { call, fresh, show } from './freshet.js';

const session = fresh('session');
const shopper = fresh('cyd');
const send = (event: object): Promise<{ sequence: number }> => call('POST', '/v1/events', [event]);
const history = async (sequence: number): Promise<string> => {
  const { events } = await call<{ events: { type: string; item_id?: string }[] }>('GET', `/v1/users/${shopper}/history?after_sequence=${sequence}`);
  return events.map(({ type, item_id: item = '' }) => `${type} ${item}`).join(', ');
};

await send({ type: 'view', session_id: session, item_id: 'mugs-001' });
const looked = await send({ type: 'cart', session_id: session, item_id: 'mugs-002' });
show('before signing in', (await history(looked.sequence)) || 'nobody knows her');

// Both ids in one event join the session to the shopper.
const signedIn = await send({ type: 'view', session_id: session, user_id: shopper, item_id: 'mugs-003' });
show('after it', await history(signedIn.sequence));
