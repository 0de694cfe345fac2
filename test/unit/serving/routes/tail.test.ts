import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { Engine } from '@freshet/serving/engine';
import { createProgress } from '@freshet/serving/follow/progress';
import { registerTail } from '@freshet/serving/routes/tail';
import { setImmediate } from 'node:timers/promises';
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

type Asked = { readonly query: { readonly cursor?: string; readonly type?: string; readonly wait?: number } };

/** The route's handler on a log whose reads are counted while they run. */
function countReads() {
  const log = memoryEntryLog();
  const counts = { now: 0, most: 0, total: 0 };
  const read: EntryLog['read'] = async (after, most) => {
    counts.total++;
    counts.most = Math.max(counts.most, ++counts.now);
    await setImmediate();
    counts.now--;
    return log.read(after, most);
  };
  const handlers: ((asked: Asked) => Promise<unknown>)[] = [];
  // Of the engine the route uses only these.
  const engine = { log: { ...log, read }, progress: createProgress(systemClock), clock: systemClock, stopping: new AbortController().signal } as unknown as Engine;
  registerTail({ route: ({ handler }) => void handlers.push(handler as unknown as (typeof handlers)[number]) }, () => engine);
  const call = (query: Asked['query']): Promise<unknown> => handlers[0]?.({ query }) ?? Promise.reject(new Error('no route'));
  const START = Buffer.from('1.0').toString('base64url');
  return { log, counts, call, START };
}

describe('many calls at once', () => {
  it('read two at a time, however rare what they ask for is; those too many are told to come again', async () => {
    const { log, counts, call, START } = countReads();
    for (let n = 0; n < 50; n++) {
      const changes = Array.from({ length: 20 }, (_, index) => ({ op: 'delete' as const, id: `${n}-${index}` }));
      await log.append({ body: { kind: 'catalogue', changes }, keys: changes.map(({ id }) => ({ id: eventKey('p', id), body: bodyHash('1') })), source: 'http', receivedAt: 1, historical: false });
    }
    const answers = await Promise.allSettled(Array.from({ length: 300 }, (_, n) => call({ type: 'never', ...(n % 2 === 0 ? { cursor: START } : {}) })));
    expect(counts.most).toBe(2);
    expect(counts.total).toBeGreaterThan(300);
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    expect(refused.length).toBe(300 - 252);
    expect(refused[0]).toMatchObject({ status: 503, code: 'tail_busy', headers: { 'retry-after': '1' } });
  });

  it('without `wait` take nobody the place to wait', async () => {
    const { call, START } = countReads();
    const quick = Array.from({ length: 220 }, () => call({ cursor: START }));
    const began = performance.now();
    await call({ cursor: START, wait: 0.3 });
    expect(performance.now() - began).toBeGreaterThan(250);
    await Promise.all(quick);
  });
});
