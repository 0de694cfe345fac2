/** What every `JobQueue` promises, and what those with a server promise while it is away. */
import { randomUUID } from 'node:crypto';
import { queueFromUrl } from '@freshet/shared/adapters/queue-from-url';
import { QUEUE_POLICY } from '@freshet/shared/adapters/queue-policy';
import { UnavailableError } from '@freshet/shared/errors';
import { silentLogger } from '@freshet/shared/logger';
import type { JobQueue, WakeUp } from '@freshet/shared/ports/job-queue';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { administer, createDatabase } from '../support/postgres.js';
import { openQueueSites, queueServers } from '../support/queue-sites.js';

const open: JobQueue[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.close()));
});

/** Several queues of one prefix are several processes on one queue. */
async function openQueue(url: string, prefix: string = randomUUID()): Promise<JobQueue> {
  const queue = await queueFromUrl(url, { log: silentLogger, prefix });
  open.push(queue);
  return queue;
}

function wakeUp(from: number): WakeUp {
  return { from, to: from + 9, committedAt: 1_700_000_000_000.25 + from };
}

/** A handler that notes its jobs and finishes when told. */
function gatedHandler() {
  const started: number[] = [];
  const release: (() => void)[] = [];
  const handler = (job: WakeUp): Promise<void> => {
    started.push(job.from);
    return new Promise((resolve) => release.push(resolve));
  };
  return { started, handler, releaseAll: () => release.splice(0).forEach((resolve) => resolve()) };
}

const patiently = { timeout: 20_000, interval: 20 };
const servers = queueServers();
const site = openQueueSites(servers);
const urlOf = (name: string): string => (name === 'memory' ? 'memory:' : site(name).url);

describe.each(['memory', ...servers])('a job queue on %s', (name) => {
  test('delivers a job with its numbers intact', async () => {
    const queue = await openQueue(urlOf(name));
    const handler = vi.fn(() => Promise.resolve());
    await queue.consume(handler);
    const job = { from: 2 ** 40 + 1, to: Number.MAX_SAFE_INTEGER, committedAt: 1_700_000_000_123.456 };
    await queue.add(job);
    await vi.waitFor(() => expect(handler).toHaveBeenCalledWith(job), patiently);
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 0 }), patiently);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('hands out several jobs at once, but no more than its limit, and counts them', async () => {
    const queue = await openQueue(urlOf(name));
    const { handler, started, releaseAll } = gatedHandler();
    const total = QUEUE_POLICY.concurrency + 2;
    for (let i = 0; i < total; i++) await queue.add(wakeUp(i));
    expect(await queue.counts()).toMatchObject({ waiting: total, active: 0, failed: 0 });
    await queue.consume(handler);
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 2, active: QUEUE_POLICY.concurrency, failed: 0 }), patiently);
    expect(started).toHaveLength(QUEUE_POLICY.concurrency);
    await vi.waitFor(() => {
      releaseAll();
      expect(new Set(started).size).toBe(total);
    }, patiently);
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 0 }), patiently);
  });

  test('delivers a job again whose handler rejected, a bounded number of times, and the others meanwhile', async () => {
    const queue = await openQueue(urlOf(name));
    const deliveries = new Map<number, number>();
    await queue.consume(({ from }) => {
      const count = (deliveries.get(from) ?? 0) + 1;
      deliveries.set(from, count);
      const refused = from === 1 || (from === 2 && count === 1);
      return refused ? Promise.reject(new Error('refused by the test')) : Promise.resolve();
    });
    for (const from of [1, 2, 3]) await queue.add(wakeUp(from));
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 1 }), patiently);
    expect(deliveries).toEqual(new Map([[1, QUEUE_POLICY.attempts], [2, 2], [3, 1]]));
  });

  test('shares the jobs among its consumers, each job at least once', async () => {
    const prefix = randomUUID();
    const queue = await openQueue(urlOf(name), prefix);
    const other = name === 'memory' ? queue : await openQueue(urlOf(name), prefix);
    const seen = new Set<number>();
    const handler = ({ from }: WakeUp): Promise<void> => Promise.resolve(void seen.add(from));
    await Promise.all([queue.consume(handler), other.consume(handler)]);
    await Promise.all(Array.from({ length: 40 }, (_, i) => queue.add(wakeUp(i))));
    await vi.waitFor(() => expect(seen.size).toBe(40), patiently);
  });

  test('stops only when running handlers are done, and leaves the rest to another consumer', async () => {
    const prefix = randomUUID();
    const queue = await openQueue(urlOf(name), prefix);
    const { handler, started, releaseAll } = gatedHandler();
    const consumer = await queue.consume(handler);
    await queue.add(wakeUp(1));
    await vi.waitFor(() => expect(started).toEqual([1]), patiently);
    let stopped = false;
    const stopping = consumer.stop().then(() => (stopped = true));
    // Taken by the stopping consumer if it had asked already, or else left to the next: never lost.
    await queue.add(wakeUp(2));
    expect((await queue.counts()).active).toBeGreaterThan(0);
    expect(stopped).toBe(false);
    await vi.waitFor(() => {
      releaseAll();
      expect(stopped).toBe(true);
    }, patiently);
    await stopping;
    await queue.add(wakeUp(3));
    const rest: number[] = [];
    await queue.consume(({ from }) => Promise.resolve(void rest.push(from)));
    await vi.waitFor(() => expect(new Set([...started, ...rest])).toEqual(new Set([1, 2, 3])), patiently);
    expect(rest).toContain(3);
  });

  test('may be stopped and closed twice, and refuses jobs afterwards', async () => {
    const queue = await openQueue(urlOf(name));
    const consumer = await queue.consume(() => Promise.resolve());
    await Promise.all([consumer.stop(), consumer.stop()]);
    await queue.close();
    await queue.close();
    await expect(queue.add(wakeUp(1))).rejects.toBeInstanceOf(UnavailableError);
  });
});

describe.each(servers)('a job queue on %s whose server is hurt', (name) => {
  afterEach(() => site(name).bringBack());

  async function millisecondsToRefusal(queue: JobQueue): Promise<number> {
    const start = performance.now();
    await expect(queue.add(wakeUp(1))).rejects.toBeInstanceOf(UnavailableError);
    return performance.now() - start;
  }
  const limit = QUEUE_POLICY.addDeadlineMs + 500;

  test('refuses a job within its deadline while the server is away, also one never reached', async () => {
    const queue = await openQueue(site(name).url);
    await queue.add(wakeUp(0));
    await site(name).takeAway();
    expect(await millisecondsToRefusal(queue)).toBeLessThan(limit);
    const never = await openQueue(site(name).url);
    expect(await millisecondsToRefusal(never)).toBeLessThan(limit);
    await site(name).bringBack();
    await vi.waitFor(() => never.add(wakeUp(1)), patiently);
    await vi.waitFor(() => queue.add(wakeUp(2)), patiently);
  });

  test('refuses a job within its deadline while the server accepts and says nothing', async () => {
    const queue = await openQueue(site(name).url);
    await queue.add(wakeUp(0));
    site(name).silence();
    expect(await millisecondsToRefusal(queue)).toBeLessThan(limit);
  });

  test('goes on delivering to its consumer when the server is back', async () => {
    const queue = await openQueue(site(name).url);
    const seen = new Set<number>();
    await queue.consume(({ from }) => Promise.resolve(void seen.add(from)));
    await queue.add(wakeUp(1));
    await vi.waitFor(() => expect([...seen]).toEqual([1]), patiently);
    await site(name).takeAway();
    expect(await millisecondsToRefusal(queue)).toBeLessThan(limit);
    await site(name).bringBack();
    await vi.waitFor(() => queue.add(wakeUp(2)), patiently);
    await vi.waitFor(() => expect([...seen].at(-1)).toBe(2), patiently);
  });

  test('has a consumer that was started while the server was away', async () => {
    const prefix = randomUUID();
    await (await openQueue(site(name).url, prefix)).add(wakeUp(1));
    await site(name).takeAway();
    const queue = await openQueue(site(name).url, prefix);
    const handler = vi.fn(() => Promise.resolve());
    await queue.consume(handler);
    await expect(queue.counts()).rejects.toBeInstanceOf(UnavailableError);
    await site(name).bringBack();
    await vi.waitFor(() => expect(handler).toHaveBeenCalledWith(wakeUp(1)), patiently);
  });

  test('closes in a few seconds while the server is away', async () => {
    const queue = await openQueue(site(name).url);
    const handler = vi.fn(() => Promise.resolve());
    await queue.consume(handler);
    await queue.add(wakeUp(1));
    await vi.waitFor(() => expect(handler).toHaveBeenCalled(), patiently);
    await site(name).takeAway();
    const start = performance.now();
    await queue.close();
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

test('a job queue on Postgres goes on when the server ends its sessions', async () => {
  const database = await createDatabase();
  try {
    const queue = await queueFromUrl(database.url, { log: silentLogger });
    const seen = new Set<number>();
    await queue.consume(({ from }) => Promise.resolve(void seen.add(from)));
    await queue.add(wakeUp(1));
    await vi.waitFor(() => expect([...seen]).toEqual([1]), patiently);
    await administer(database.url, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
    await vi.waitFor(() => queue.add(wakeUp(2)), patiently);
    await vi.waitFor(() => expect(seen.has(2)).toBe(true), patiently);
    await queue.close();
  } finally {
    await database.drop();
  }
});
