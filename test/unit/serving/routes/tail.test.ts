import { describe, expect, it } from 'vitest';
import { serve } from '../support/serving.js';

type Tail = { readonly events: readonly Record<string, unknown>[]; readonly cursor: string };

describe('GET /v1/events', () => {
  it('shows events as they came, with references instead of names', async () => {
    await using site = await serve();
    const user = await site.person('ada');
    const seq = await site.event({ type: 'purchase', user, item: 'mug', ts: 1_790_000_000_000, price: 12.5, quantity: 2, query_id: 'q' });
    const { status, body } = await site.get('/v1/events');
    expect(status).toBe(200);
    const { events, cursor } = body as unknown as Tail;
    expect(events).toEqual([
      {
        sequence: seq, id: 'e0', type: 'purchase', user_ref: user, item_id: 'mug', timestamp: '2026-09-21T14:13:20.000Z', received_at: expect.stringMatching(/^2\d{3}-.*Z$/) as string,
        source: 'http', historical: false, price: 12.5, quantity: 2, query_id: 'q',
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('ada');
    expect((await site.get(`/v1/events?cursor=${cursor}`)).body).toEqual({ events: [], cursor });
  });

  it('holds a call until there is something to say, past what does not match', async () => {
    await using site = await serve();
    const user = await site.person('ada');
    const { cursor } = (await site.get('/v1/events?limit=0')).body as unknown as Tail;
    const held = site.get(`/v1/events?cursor=${cursor}&wait=10&type=cart`);
    await site.event({ type: 'view', user, item: 'mug', ts: 1 });
    await site.event({ type: 'cart', user, item: 'mug', ts: 2 });
    const { events } = (await held).body as unknown as Tail;
    expect(events.map(({ type, id }) => [type, id])).toEqual([['cart', 'e1']]);
  });

  it('answers with nothing when the time is up', async () => {
    await using site = await serve();
    const { cursor } = (await site.get('/v1/events?limit=0')).body as unknown as Tail;
    const began = performance.now();
    expect((await site.get(`/v1/events?cursor=${cursor}&wait=0.3`)).body).toEqual({ events: [], cursor });
    expect(performance.now() - began).toBeGreaterThan(250);
  });

  it('lets go of who waits when the process stops', async () => {
    const site = await serve();
    const { cursor } = (await site.get('/v1/events?limit=0')).body as unknown as Tail;
    const held = site.get(`/v1/events?cursor=${cursor}&wait=10`);
    // Its answer proves that the held call, sent before it, has been read.
    await site.get('/v1/events?limit=0');
    const began = performance.now();
    await site.serving.stop();
    expect((await held).body).toEqual({ events: [], cursor });
    expect(performance.now() - began).toBeLessThan(5_000);
    await site[Symbol.asyncDispose]();
  });

  it.each([
    ['cursor=nonsense', 'invalid_cursor'],
    ['cursor=MS4wLjA', 'invalid_cursor'],
    ['limit=1001', 'invalid_request'],
    ['wait=11', 'invalid_request'],
    ['types=view', 'unknown_parameter'],
  ])('refuses ?%s', async (query, code) => {
    await using site = await serve();
    expect(await site.get(`/v1/events?${query}`)).toMatchObject({ status: 422, body: { code } });
  });
});
