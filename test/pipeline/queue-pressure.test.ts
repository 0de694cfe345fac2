/**
 * The queue `events` at a limit: while the trainer is further behind than it may be, jobs stay where they are, none fails, and it is
 * said; when it has caught up all of them complete. Depth and rate are kept as they were set.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { type EventProducer, openEventProducer, type QueuedJob } from '../support/event-producer.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { redisInstalled, startRedis, type TestRedis } from '../support/redis.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { until } from '../support/until.js';

const JOBS = 60;
const PER_JOB = 5;
const LIMIT = 20;

interface Place {
  readonly database: TestDatabase;
  readonly redis: TestRedis | undefined;
  readonly producer: EventProducer;
  start(command: string, args: readonly string[]): Promise<FreshetCommand>;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await endAll();
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
});

async function openPlace(kind: string): Promise<Place> {
  const database = await createDatabase();
  closers.push(() => database.drop());
  const redis = kind === 'redis' ? await startRedis() : undefined;
  if (redis !== undefined) closers.push(() => redis.stop());
  const producer = openEventProducer(redis?.url ?? database.url);
  closers.push(() => producer.close());
  const env = { DATABASE_URL: database.url, ...(redis === undefined ? {} : { QUEUE_URL: redis.url }) };
  return {
    database,
    redis,
    producer,
    async start(command, args) {
      const started = await startFreshet({ command, args, env });
      await started.ready();
      return started;
    },
  };
}

const eventsOf = (job: number): object[] => Array.from({ length: PER_JOB }, (_, n) => ({ id: `${job}-${n}`, type: 'view', user_id: `shopper ${job}`, item_id: `item ${n}` }));
const jobs = async (shop: Shop, state: string): Promise<number> => shop.metric('freshet_queue_jobs', { queue: 'events', state });

interface Check {
  readonly name: string;
  readonly detail?: string;
}

const described = async (shop: Shop): Promise<string> => ((await shop.get('/readyz?verbose')).body['checks'] as readonly Check[]).find(({ name }) => name === 'queue')?.detail ?? '';

describe.each(redisInstalled() ? ['redis', 'postgres'] : ['postgres'])('the queue of events in %s', (kind) => {
  it('waits while the trainer is too far behind, and goes on when it has caught up', async () => {
    const { database, producer, start } = await openPlace(kind);
    const ingest = await start('ingest', ['--unapplied-items', String(LIMIT), '--queue-depth', '10']);
    const acknowledged = new Set<string>();
    const shop = openShop(ingest.url, acknowledged);
    // Nobody learns them: the limit is reached once the backlog has been read.
    await shop.send(Array.from({ length: LIMIT }, (_, n) => ({ id: `first ${n}`, type: 'view', user_id: 'ada', item_id: 'mug' })));
    await until('writes are refused', async () => (await shop.post('/v1/events', eventsOf(0))).status === 503);

    const added: readonly QueuedJob[] = await producer.addMany(Array.from({ length: JOBS }, (_, n) => eventsOf(n)));
    await until('the queue is held up', async () => (await described(shop)).endsWith('held up: trainer_behind'));
    // Counted a little later than it happens.
    await until('some jobs are in hand, others wait', async () => (await jobs(shop, 'active')) > 0 && (await jobs(shop, 'waiting')) > 0);
    expect(await jobs(shop, 'failed')).toBe(0);
    expect(await shop.metric('freshet_queue_jobs_limit', { queue: 'events' })).toBe(10);
    const oldest = (): Promise<number> => shop.metric('freshet_queue_oldest_waiting_timestamp_seconds', { queue: 'events' });
    await until('the oldest that waits is shown', async () => (await oldest()) > 0);
    expect(await oldest()).toBeCloseTo((added[0]?.timestamp ?? 0) / 1_000, -1);
    expect(await described(shop)).toMatch(/jobs wait \(limit 10\), \d+ in hand, 0 failed/);
    await until('the depth is said', () => Promise.resolve(ingest.stderr().includes('deeper than its limit')));
    expect(ingest.stderr().match(/is held up/g)).toHaveLength(1);

    await start('trainer', ['--dim', '16', '--negatives', '16', '--max-items', '1024']);
    for (const [n, job] of added.entries()) {
      expect(await producer.end(job)).toMatchObject({ state: 'completed', result: { rejected: 0 } });
      for (let k = 0; k < PER_JOB; k++) acknowledged.add(`${n}-${k}`);
    }
    await until('nothing waits any more', async () => (await jobs(shop, 'waiting')) + (await jobs(shop, 'active')) === 0);
    await until('nothing is shown as waiting', async () => (await oldest()) === 0);
    await expectSoundLedger(`jobs that waited, queue in ${kind}`, database.url, acknowledged);
  });

  it('gives its jobs out at the rate that was set', async () => {
    const { producer, start } = await openPlace(kind);
    const added = await producer.addMany(Array.from({ length: 25 }, (_, n) => eventsOf(n)));
    await start('ingest', ['--queue-rate', '10']);
    const ends: number[] = [];
    for (const job of added) {
      expect(await producer.end(job)).toMatchObject({ state: 'completed' });
      ends.push((await producer.queue.getJob(job.id ?? ''))?.finishedOn ?? 0);
    }
    // 10 at once, 10 in the next second, 5 in the one after.
    expect(Math.max(...ends) - Math.min(...ends)).toBeGreaterThan(1_500);
  });
});
