/**
 * Events as jobs of the BullMQ queue `events` on Redis: for shops that have a queue already. A job is an array of events; its
 * return value is the document that POST /v1/events answers. Freshet must run on the same Redis:
 * `QUEUE_URL=redis://127.0.0.1:6379 npm start`, and here `QUEUE_URL=redis://127.0.0.1:6379 npm run example 06`.
 */
import { Queue, QueueEvents } from 'bullmq';
import { fresh, show } from './freshet.js';

const address = process.env['QUEUE_URL'];
if (address === undefined || !/^rediss?:/.test(address)) throw new Error('set QUEUE_URL to the Redis that Freshet uses; without Redis see example 07');
const { hostname, port, username, password, protocol, pathname } = new URL(address);
const connection = {
  host: hostname,
  port: port === '' ? 6379 : Number(port),
  db: Number(pathname.slice(1)),
  ...(username === '' ? {} : { username: decodeURIComponent(username) }),
  ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  ...(protocol === 'rediss:' ? { tls: {} } : {}),
};
// The prefix is Freshet's, not BullMQ's usual one.
const options = { connection, prefix: 'freshet' };

// A producer that can't send should know at once, not collect.
const queue = new Queue('events', { ...options, connection: { ...connection, enableOfflineQueue: false, maxRetriesPerRequest: 1 } });
const ends = new QueueEvents('events', options);
try {
  await Promise.all([queue.waitUntilReady(), ends.waitUntilReady()]);
  // Nothing is refused at the queue: whoever fills it looks how full it is.
  show('jobs waiting', String(await queue.getWaitingCount()));

  const order = fresh('order');
  const job = await queue.add('shop', [
    // An id of the shop's own: sent again, by queue or REST, the event is a duplicate.
    { id: `${order}/1`, type: 'purchase', user_id: 'eve', item_id: 'mugs-001', quantity: 2, price: 10.95 },
    { id: `${order}/2`, type: 'view', user_id: 'eve' },
  ]);
  show('the job’s result', await job.waitUntilFinished(ends, 30_000));

  const past = await queue.add('shop', { events: [{ id: `${order}/0`, type: 'view', user_id: 'eve', item_id: 'mugs-002', timestamp: '2026-01-31T09:30:00Z' }], historical: true });
  show('of the past', await past.waitUntilFinished(ends, 30_000));
} finally {
  await Promise.all([queue.close(), ends.close()]);
}
