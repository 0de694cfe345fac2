/**
 * Faults F8 and F10: Redis is emptied under load, killed (SIGKILL), and started again with nothing in it. Events are
 * accepted all the while, the trainer finds them in the log, and wake-ups work again afterwards.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultSite, openFaultSite, redisCommand } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { redisInstalled } from '../support/redis.js';
import { type Load, startLoad } from '../support/shoppers-load.js';
import { visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

describe.skipIf(!redisInstalled())('Redis is lost', () => {
  let site: FaultSite;
  let ingest: FreshetProcess;

  beforeAll(async () => {
    // Nothing on the disk: it starts again empty.
    site = await openFaultSite('redis', ['--appendonly', 'no']);
    [ingest] = await Promise.all([site.start('ingest'), site.start('trainer')]);
  });
  afterAll(() => site?.close());

  const load = (run: string): Load => startLoad({ run, url: () => ingest.url, acknowledged: site.acknowledged });

  /** So many more requests are acknowledged, and all that has been accepted by then is learned. */
  async function goesOn(running: Load, requests: number): Promise<void> {
    const goal = running.counts.requests + requests;
    await until(`${requests} more requests are acknowledged`, () => running.counts.requests >= goal);
    await site.applied(await site.newestEvents());
  }

  /** A wake-up of ours is taken, which only a consumer that works can do, and none is left behind. */
  async function wakeUpsWork(): Promise<void> {
    const queue = await site.queue();
    const seq = await site.newestEvents();
    await until('the queue takes a wake-up', () => queue.add({ from: seq, to: seq, committedAt: Date.now() }).then(() => true, () => false));
    await until('every wake-up is handled', async () => {
      const { waiting, active } = await queue.counts();
      return waiting === 0 && active === 0;
    });
    expect(await redisCommand(site.addresses.queueUrl ?? '', 'DBSIZE')).not.toBe(':0\r\n');
  }

  it('emptied again and again under load: nothing is lost, and wake-ups go on', async () => {
    const running = load('flushed');
    for (let n = 0; n < 10; n++) {
      expect(await redisCommand(site.addresses.queueUrl ?? '', 'FLUSHALL')).toBe('+OK\r\n');
      await goesOn(running, 3);
    }
    await running.stop();
    expect(running.counts.retries).toBe(0);
    await wakeUpsWork();
    await site.check('F10: Redis emptied ten times');
  });

  it('killed and started empty: events are accepted and learned without it, and with it again', async () => {
    const running = load('killed');
    await goesOn(running, 5);
    await site.redis?.kill();
    await goesOn(running, 30);
    await site.redis?.restart();
    await wakeUpsWork();
    await goesOn(running, 5);
    await running.stop();
    // Not one request waited for Redis so long that its client gave up.
    expect(running.counts.retries).toBe(0);
    await site.check('F8: Redis killed and started empty');
  });

  it('lost for good while nobody looks: what was accepted before is learned', async () => {
    const shop = await site.shop(ingest);
    await site.redis?.kill();
    await expect(redisCommand(site.addresses.queueUrl ?? '', 'PING')).rejects.toThrow('ECONNREFUSED');
    const seq = await shop.send(visits('alone', 0, 50));
    await site.applied(seq);
    await site.check('F8: no Redis at all');
  });
});
