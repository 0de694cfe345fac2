/**
 * Work by the clock on one queue of several trainers: each job's effect is there once, however often it is delivered, also where a trainer
 * dies (SIGKILL) in the middle of one or just before its end is known.
 */
import { MAINTENANCE } from '@freshet/shared/adapters/bullmq/specs';
import type { BackendQueue, BullmqBackend } from '@freshet/shared/adapters/bullmq/backend';
import { postgresBackend } from '@freshet/shared/adapters/bullmq/postgres';
import { redisBackend } from '@freshet/shared/adapters/bullmq/redis';
import { MAINTENANCE_POLICY } from '@freshet/shared/adapters/queue-policy';
import { MAINTENANCE_JOBS } from '@freshet/shared/ports/maintenance-queue';
import { afterEach, describe, expect, it } from 'vitest';
import { type FaultSite, openFaultSite, type QueueKind } from '../support/fault-site.js';
import { redisInstalled } from '../support/redis.js';
import { visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

/** A consumer that has died is noticed after its lock has run out and up to two checks. */
const LIMIT_MS = MAINTENANCE_POLICY.lockMs + 2 * MAINTENANCE_POLICY.stalledCheckMs + 30_000;
const COMPLETION: Readonly<Record<QueueKind, readonly string[]>> = { redis: ['returnvalue', 'completed'], postgres: ['move_to_completed'] };
const hasRedis = redisInstalled();

describe.each<QueueKind>(['postgres', 'redis'])('maintenance with the queue in %s', (kind) => {
  const here = kind === 'postgres' || hasRedis ? it : it.skip;
  let site: FaultSite;
  let backend: BullmqBackend | undefined;
  afterEach(async () => {
    await backend?.close();
    backend = undefined;
    await site?.close();
  });

  function queueOf({ addresses }: FaultSite): BackendQueue {
    const parts = { spec: MAINTENANCE, onError: () => undefined };
    backend = addresses.queueUrl === undefined ? postgresBackend({ ...parts, url: addresses.databaseUrl }) : redisBackend({ ...parts, url: addresses.queueUrl });
    const queue = backend.createQueue();
    queue.on('error', () => undefined);
    return queue;
  }

  /** An hour's windows, in which the model beats both floors. */
  const seedWindows = () =>
    site.client.query(
      `insert into freshet.prequential_window (lineage, from_seq, to_seq, version, began_at, ended_at, tested, hits_10, ndcg_10, examples, loss, popularity_hits_10, follow_hits_10)
       select 1, n, n, n, $1::bigint - 1000, $1::bigint, 100, 40, 20, 100, 1, 10, 20 from generate_series(1000001, 1000060) n`,
      [Date.now()],
    );
  const evaluated = async (): Promise<number> => (await site.client.query(`select from freshet.model_event where kind = 'evaluated'`)).rows.length;
  const rows = async (text: string): Promise<number> => (await site.client.query(text)).rows.length;
  const idle = async (queue: BackendQueue): Promise<boolean> => Object.values(await queue.getJobCounts('wait', 'active')).every((count) => count === 0);

  here('each job’s effect is there once with two trainers and every job delivered four times', async () => {
    site = await openFaultSite(kind);
    const ingest = await site.start('ingest');
    await (await site.shop(ingest)).send(visits('past', 0, 200));
    await seedWindows();
    // Due: the log is a day old; a candidate's writer died two days ago.
    await site.client.query('update freshet.log_entry set received_at = received_at - 90000000');
    await site.client.query(`insert into freshet.snapshot_chunk (lineage, cut, chunk, version, bytes, checksum, kept, written_at) values (1, gen_random_uuid(), 0, 1, '', '', true, now() - interval '2 days')`);
    const args = ['--update-strategy', 'hybrid', '--refit-hours', '24'];
    const hybrid = { ...site.addresses, args };
    await Promise.all([site.start('trainer', hybrid), site.start('trainer', hybrid), site.start('serving')]);
    const queue = queueOf(site);
    for (let copy = 0; copy < 3; copy++) for (const job of MAINTENANCE_JOBS) await queue.add(job, {});
    await until('all effects are there and no job waits', async () => (await idle(queue)) && (await evaluated()) > 0 && (await rows('select from freshet.snapshot')) > 0, LIMIT_MS);
    expect(await evaluated()).toBe(1);
    expect(await rows('select from freshet.refit')).toBe(1);
    expect(await rows('select from freshet.snapshot')).toBe(1);
    expect(await rows(`select from freshet.snapshot_chunk where written_at < now() - interval '1 day'`)).toBe(0);
    await queue.close();
  }, LIMIT_MS + 60_000);

  here('a job in the middle of which its trainer is killed is done by the next one', async () => {
    site = await openFaultSite(kind);
    await seedWindows();
    const proxied = await site.proxied();
    const writing = proxied.database.hold({ contains: ['insert into freshet.model_event'], at: 'request' });
    const victim = await site.start('trainer', proxied.addresses);
    const held = await writing;
    await victim.kill();
    held.drop();
    expect(await evaluated()).toBe(0);
    await site.start('trainer');
    const queue = queueOf(site);
    await until('it is done', async () => (await evaluated()) > 0 && (await idle(queue)), LIMIT_MS);
    expect(await evaluated()).toBe(1);
    await queue.close();
  }, LIMIT_MS + 60_000);

  here('a job whose trainer is killed after its effect, before the queue hears of it, is delivered again and not done twice', async () => {
    site = await openFaultSite(kind);
    await seedWindows();
    const proxied = await site.proxied();
    const telling = proxied.queue.hold({ contains: [...COMPLETION[kind], 'evaluation'], at: 'request' });
    const victim = await site.start('trainer', proxied.addresses);
    const held = await telling;
    expect(await evaluated()).toBe(1);
    await victim.kill();
    held.drop();
    const queue = queueOf(site);
    expect(await idle(queue)).toBe(false);
    await site.start('trainer');
    await until('it was delivered again', () => idle(queue), LIMIT_MS);
    expect(await evaluated()).toBe(1);
    await queue.close();
  }, LIMIT_MS + 60_000);
});
