/** What every `EventQueue` promises, with a producer that knows only BullMQ. */
import { randomUUID } from 'node:crypto';
import { eventQueueFromUrl } from '@freshet/shared/adapters/queue-from-url';
import { EVENTS_POLICY } from '@freshet/shared/adapters/queue-policy';
import { UnavailableError } from '@freshet/shared/errors';
import { silentLogger } from '@freshet/shared/logger';
import type { EventJob, EventJobOutcome, EventQueue } from '@freshet/shared/ports/event-queue';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type EventProducer, openEventProducer } from '../support/event-producer.js';
import { openQueueSites, queueServers } from '../support/queue-sites.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const patiently = { timeout: 25_000, interval: 20 };
const servers = queueServers();
const site = openQueueSites(servers);

function openQueue(url: string, prefix: string): EventQueue {
  const queue = eventQueueFromUrl(url, { log: silentLogger, prefix });
  if (queue === undefined) throw new Error(`${url} names no event queue`);
  open.push(queue);
  return queue;
}

/** A queue of its own, its consumer's side and its producer's. */
function openBoth(name: string, prefix: string = randomUUID()): { queue: EventQueue; producer: EventProducer; prefix: string } {
  const producer = openEventProducer(site(name).url, prefix);
  open.push(producer);
  return { queue: openQueue(site(name).url, prefix), producer, prefix };
}

const done = (result: unknown): Promise<EventJobOutcome> => Promise.resolve({ kind: 'done', result });

test('an event queue in memory does not exist: nobody outside could reach it', () => {
  expect(eventQueueFromUrl('memory:', { log: silentLogger })).toBeUndefined();
});

describe.each(servers)('an event queue on %s', (name) => {
  test('hands out what the producer wrote and keeps the handler’s result with the job', async () => {
    const { queue, producer } = openBoth(name);
    const seen: EventJob[] = [];
    await queue.consume((job) => {
      seen.push(job);
      return done({ accepted: 1, items: [{ index: 0, id: 'é\u{1f375}' }] });
    });
    const data = [{ id: 'e1', type: 'view', nested: { deep: [1, null, 'x'] } }];
    const before = Date.now();
    const job = await producer.add(data);
    expect(await producer.end(job)).toEqual({ state: 'completed', result: { accepted: 1, items: [{ index: 0, id: 'é\u{1f375}' }] }, failedReason: undefined });
    expect(seen).toEqual([{ id: job.id, addedAt: job.timestamp, data }]);
    expect(seen[0]?.addedAt).toBeGreaterThanOrEqual(before);
  });

  test('fails a refused job once, with the reason, whatever attempts its producer asked for', async () => {
    const { queue, producer } = openBoth(name);
    const handler = vi.fn((): Promise<EventJobOutcome> => Promise.resolve({ kind: 'refused', reason: 'not_events: this is a “number”' }));
    await queue.consume(handler);
    const job = await producer.add(5, { attempts: 4, backoff: 1 });
    expect(await producer.end(job)).toMatchObject({ state: 'failed', failedReason: 'not_events: this is a “number”' });
    const next = await producer.add(6);
    await producer.end(next);
    expect(handler).toHaveBeenCalledTimes(2);
    expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 2 });
  });

  test('lets a returned job wait again, for another consumer', async () => {
    const { queue, producer, prefix } = openBoth(name);
    const returned = vi.fn((): Promise<EventJobOutcome> => Promise.resolve({ kind: 'returned' }));
    const first = await queue.consume(returned);
    const job = await producer.add([1]);
    await vi.waitFor(() => expect(returned).toHaveBeenCalled(), patiently);
    await first.stop();
    expect(await job.getState()).toBe('waiting');
    await openQueue(site(name).url, prefix).consume(() => done('taken'));
    expect(await producer.end(job)).toMatchObject({ state: 'completed', result: 'taken' });
  });

  test('has many jobs in hand at once, but no more than its limit, and counts them', async () => {
    const { queue, producer } = openBoth(name);
    const total = EVENTS_POLICY.concurrency + 3;
    // Alone, so that its time is the oldest, too: those that are added together may share a millisecond.
    const oldest = await producer.add([0]);
    await producer.addMany(Array.from({ length: total - 1 }, (_, n) => [n + 1]));
    expect(await queue.counts()).toEqual({ waiting: total, active: 0, failed: 0, oldestWaitingAt: oldest.timestamp });
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let started = 0;
    await queue.consume(async () => {
      started++;
      await gate;
      return { kind: 'done', result: null };
    });
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 3, active: EVENTS_POLICY.concurrency }), patiently);
    expect(started).toBe(EVENTS_POLICY.concurrency);
    release();
    await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0, oldestWaitingAt: undefined }), patiently);
  });

  test('takes no more jobs a second than it is told, over all its consumers', async () => {
    const { queue, producer, prefix } = openBoth(name);
    await producer.addMany(Array.from({ length: 24 }, (_, n) => [n]));
    const taken: number[] = [];
    const handler = (): Promise<EventJobOutcome> => (taken.push(performance.now()), done(null));
    const other = openQueue(site(name).url, prefix);
    await Promise.all([queue.consume(handler, { jobsPerSecond: 10 }), other.consume(handler, { jobsPerSecond: 10 })]);
    await vi.waitFor(() => expect(taken).toHaveLength(24), patiently);
    // 10 at once, 10 a second later, 4 after another: never 21 within less than two windows.
    expect((taken[20] ?? 0) - (taken[0] ?? 0)).toBeGreaterThan(1_500);
  });

  test('keeps the job in hand to its end when it stops, and leaves the rest', async () => {
    const { queue, producer } = openBoth(name);
    let finish = (): void => undefined;
    const handler = vi.fn(() => new Promise<EventJobOutcome>((resolve) => (finish = () => resolve({ kind: 'done', result: 'finished' }))));
    const consumer = await queue.consume(handler);
    const job = await producer.add([1]);
    await vi.waitFor(() => expect(handler).toHaveBeenCalled(), patiently);
    let stopped = false;
    const stopping = consumer.stop().then(() => (stopped = true));
    expect((await queue.counts()).active).toBe(1);
    expect(stopped).toBe(false);
    finish();
    await stopping;
    expect(await producer.end(job)).toMatchObject({ state: 'completed', result: 'finished' });
  });

  test('trims completed jobs, the oldest first, and at once where the producer asks for that', async () => {
    const { queue, producer } = openBoth(name);
    await queue.consume(() => done(null));
    const oldest = await producer.add(['oldest']);
    expect(await producer.end(oldest)).toMatchObject({ state: 'completed' });
    const gone = await producer.add(['gone'], { removeOnComplete: true });
    await vi.waitFor(async () => expect(await producer.queue.getJob(gone.id ?? '')).toBeUndefined(), patiently);
    for (let n = 0; n < EVENTS_POLICY.keepCompleted.count + 50; n += 150) await producer.addMany(Array.from({ length: 150 }, (_, k) => [n + k]));
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0 }), patiently);
    await vi.waitFor(async () => {
      await queue.tidy();
      expect(await producer.queue.getCompletedCount()).toBeLessThanOrEqual(EVENTS_POLICY.keepCompleted.count);
    }, patiently);
    expect(await producer.queue.getCompletedCount()).toBe(EVENTS_POLICY.keepCompleted.count);
    expect(await producer.queue.getJob(oldest.id ?? '')).toBeUndefined();
  });

  test('goes on when its server was away: what was in hand is delivered again and completes', async () => {
    const { queue, producer } = openBoth(name);
    let deliveries = 0;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await queue.consume(async () => {
      deliveries++;
      await gate;
      return { kind: 'done', result: deliveries };
    });
    const job = await producer.add([1]);
    await vi.waitFor(() => expect(deliveries).toBe(1), patiently);
    await site(name).takeAway();
    await expect(queue.counts()).rejects.toBeInstanceOf(UnavailableError);
    release();
    await site(name).bringBack();
    const end = await vi.waitFor(async () => {
      const found = await producer.queue.getJob(job.id ?? '');
      expect(found?.finishedOn).toBeDefined();
      return found;
    }, { timeout: 50_000, interval: 100 });
    expect(end?.failedReason).toBeUndefined();
    expect(end?.returnvalue).toBeGreaterThanOrEqual(1);
  }, 60_000);
});
