/** What every maintenance queue promises: jobs by the clock, to one consumer, until they are wanted no more; wished again after a wipe. */
import { randomUUID } from 'node:crypto';
import { MAINTENANCE_POLICY } from '@freshet/shared/adapters/queue-policy';
import { maintenanceQueueFromUrl } from '@freshet/shared/adapters/queue-from-url';
import { UnavailableError } from '@freshet/shared/errors';
import { silentLogger } from '@freshet/shared/logger';
import type { MaintenanceJob, MaintenanceQueue } from '@freshet/shared/ports/maintenance-queue';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { redisCommand } from '../support/fault-site.js';
import { openQueueSites, queueServers } from '../support/queue-sites.js';

const patiently = { timeout: 20_000, interval: 20 };
const servers = queueServers();
const site = openQueueSites(servers);
const urlOf = (name: string): string => (name === 'memory' ? 'memory:' : site(name).url);

const open: MaintenanceQueue[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.close()));
});

function openQueue(name: string, prefix: string = randomUUID(), log = silentLogger): MaintenanceQueue {
  const queue = maintenanceQueueFromUrl(urlOf(name), { log, prefix });
  open.push(queue);
  return queue;
}

describe.each(['memory', ...servers])('a maintenance queue on %s', (name) => {
  test('hands a job out again and again, and no more once it isn’t scheduled', async () => {
    const queue = openQueue(name);
    const seen: MaintenanceJob[] = [];
    await queue.consume((job) => Promise.resolve(void seen.push(job)));
    await queue.schedule([{ job: 'refit', everyMs: 100 }]);
    await vi.waitFor(() => expect(seen.filter((job) => job === 'refit').length).toBeGreaterThanOrEqual(3), patiently);
    await queue.schedule([{ job: 'retention', everyMs: 100 }]);
    await vi.waitFor(() => expect(seen).toContain('retention'), patiently);
    const refits = seen.lastIndexOf('refit');
    await vi.waitFor(() => expect(seen.slice(refits + 1).filter((job) => job === 'retention').length).toBeGreaterThanOrEqual(3), patiently);
  });

  test('saying the same schedule again changes nothing, another time replaces it', async () => {
    const queue = openQueue(name);
    await queue.schedule([{ job: 'retention', everyMs: 3_600_000 }]);
    await queue.schedule([{ job: 'retention', everyMs: 3_600_000 }]);
    const seen: MaintenanceJob[] = [];
    await queue.consume((job) => Promise.resolve(void seen.push(job)));
    await queue.schedule([{ job: 'retention', everyMs: 100 }]);
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(2), patiently);
  });

  test('hands out a job at once whose schedule is new, whatever its time, and waits for a consumer with it', async () => {
    const queue = openQueue(name);
    const seen: MaintenanceJob[] = [];
    await queue.schedule([{ job: 'snapshot', everyMs: 3_600_000 }]);
    await queue.consume((job) => Promise.resolve(void seen.push(job)));
    await vi.waitFor(() => expect(seen).toEqual(['snapshot']), patiently);
  });

  test('delivers a job again whose handler rejects, with growing pauses, three times in all; each time is logged', async () => {
    const said: string[] = [];
    const queue = openQueue(name, randomUUID(), { ...silentLogger, warn: (message) => void said.push(message) });
    const calls: number[] = [];
    await queue.consume(() => {
      calls.push(performance.now());
      return Promise.reject(new Error('refused by the test'));
    });
    await queue.schedule([{ job: 'refit', everyMs: 3_600_000 }]);
    await vi.waitFor(() => expect(said.at(-1)).toContain('waits for its next time'), patiently);
    const [first = 0, second = 0, third = 0] = calls;
    expect(calls).toHaveLength(MAINTENANCE_POLICY.attempts);
    expect(second - first).toBeGreaterThan(0.9 * MAINTENANCE_POLICY.backoffMs);
    expect(third - second).toBeGreaterThan(1.8 * MAINTENANCE_POLICY.backoffMs);
    expect(said.filter((message) => message.includes('tried again'))).toHaveLength(2);
  });

  test('a handler that rejects doesn’t end the schedule', async () => {
    const queue = openQueue(name);
    let calls = 0;
    await queue.consume(() => (++calls === 1 ? Promise.reject(new Error('refused by the test')) : Promise.resolve()));
    await queue.schedule([{ job: 'refit', everyMs: 100 }]);
    await vi.waitFor(() => expect(calls).toBeGreaterThanOrEqual(3), patiently);
  });

  test('refuses a schedule once it is closed', async () => {
    const queue = openQueue(name);
    await queue.close();
    await expect(queue.schedule([{ job: 'refit', everyMs: 1_000 }])).rejects.toBeInstanceOf(UnavailableError);
  });
});

describe.each(servers)('a maintenance queue on %s', (name) => {
  test('gives each job to one of its consumers', async () => {
    const prefix = randomUUID();
    const [one, other] = [openQueue(name, prefix), openQueue(name, prefix)];
    let running = 0;
    let most = 0;
    let done = 0;
    const handler = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      done++;
    };
    await Promise.all([one.consume(handler), other.consume(handler)]);
    await one.schedule([{ job: 'refit', everyMs: 100 }]);
    await other.schedule([{ job: 'refit', everyMs: 100 }]);
    await vi.waitFor(() => expect(done).toBeGreaterThanOrEqual(4), patiently);
    expect(most).toBe(1);
  });
});

test.skipIf(!servers.includes('Redis'))('after Redis was wiped a schedule comes back once it is said again', async () => {
  const queue = openQueue('Redis');
  let done = 0;
  await queue.consume(() => Promise.resolve(void done++));
  await queue.schedule([{ job: 'refit', everyMs: 100 }]);
  await vi.waitFor(() => expect(done).toBeGreaterThanOrEqual(1), patiently);
  await redisCommand(site('Redis').url, 'FLUSHALL');
  await queue.schedule([{ job: 'refit', everyMs: 100 }]);
  const before = done;
  await vi.waitFor(() => expect(done).toBeGreaterThanOrEqual(before + 2), patiently);
});
