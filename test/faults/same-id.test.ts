/** Fault F6: an event's id comes again, with the same body or another, to the same process or another one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply, Shop } from '../support/api-client.js';
import { type FaultSite, openFaultSite } from '../support/fault-site.js';

describe('an id that comes again', () => {
  let site: FaultSite;
  let shops: readonly Shop[];

  beforeAll(async () => {
    site = await openFaultSite('postgres');
    const [one, two] = await Promise.all([site.start('ingest'), site.start('ingest'), site.start('trainer')]);
    shops = await Promise.all([site.shop(one), site.shop(two)]);
  });
  afterAll(() => site?.close());

  const shop = (n: number): Shop => shops[n] as Shop;
  const event = (id: string, item = 'mug'): object => ({ id, type: 'view', user_id: 'ada', item_id: item, timestamp: 1_790_000_000_000 });
  const statuses = (reply: Reply): readonly string[] => (reply.body['items'] as { status: string }[]).map(({ status }) => status);
  const logged = async (): Promise<number> => Number((await site.client.query<{ n: string }>('select total as n from freshet.log_counter')).rows[0]?.n);

  it('with the same body is a duplicate, with another one a conflict for that item alone', async () => {
    expect(statuses(await shop(0).post('/v1/events', [event('a'), event('b')]))).toEqual(['accepted', 'accepted']);
    for (const again of [shop(0), shop(1)]) {
      const reply = await again.post('/v1/events', [event('a'), event('b', 'lamp'), event(`new at ${again.url}`)]);
      expect(reply.status).toBe(202);
      expect(statuses(reply)).toEqual(['duplicate', 'conflict', 'accepted']);
      expect(reply.body['items']).toMatchObject([{}, { problem: { code: 'id_conflict', pointer: '/id' } }, {}]);
    }
    expect(await logged()).toBe(4);
    await site.check('F6: the same ids again');
  });

  it('in one request counts once: the first of them', async () => {
    const reply = await shop(0).post('/v1/events', [event('twice'), event('twice'), event('twice', 'lamp')]);
    expect(statuses(reply)).toEqual(['accepted', 'duplicate', 'conflict']);
    await site.check('F6: one id several times in a request');
  });

  it('sent to two processes at the same moment is accepted once', async () => {
    const before = await logged();
    const rounds = 40;
    for (let n = 0; n < rounds; n++) {
      const replies = await Promise.all([0, 1, 0, 1].map((k) => shop(k).post('/v1/events', [event(`race-${n}`)])));
      expect(replies.flatMap(statuses).toSorted()).toEqual(['accepted', 'duplicate', 'duplicate', 'duplicate']);
    }
    expect((await logged()) - before).toBe(rounds);
    await site.check('F6: ids that race');
  });
});
