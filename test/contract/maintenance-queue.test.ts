/** What every maintenance queue promises: jobs by the clock, to one consumer, until they are wanted no more; wished again after a wipe. */
import { randomUUID } from 'node:crypto';
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

function openQueue(name: string, prefix: string = randomUUID()): MaintenanceQueue {
  const queue = maintenanceQueueFromUrl(urlOf(name), { log: silentLogger, prefix });
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
    await queue.schedule([{ job: 'sweep', everyMs: 100 }]);
    await vi.waitFor(() => expect(seen).toContain('sweep'), patiently);
    const refits = seen.lastIndexOf('refit');
    await vi.waitFor(() => expect(seen.slice(refits + 1).filter((job) => job === 'sweep').length).toBeGreaterThanOrEqual(3), patiently);
  });

  test('saying the same schedule again changes nothing, another time replaces it', async () => {
    const queue = openQueue(name);
    await queue.schedule([{ job: 'sweep', everyMs: 3_600_000 }]);
    await queue.schedule([{ job: 'sweep', everyMs: 3_600_000 }]);
    const seen: MaintenanceJob[] = [];
    await queue.consume((job) => Promise.resolve(void seen.push(job)));
    await queue.schedule([{ job: 'sweep', everyMs: 100 }]);
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(2), patiently);
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
