/**
 * Faults F2 and F5: the trainer dies (SIGKILL) at each step from a job to its completion, and every job is delivered
 * three times. Each entry is applied exactly once.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Shop } from '../support/api-client.js';
import type { HoldAt } from '../support/fault-proxy.js';
import { type FaultSite, openFaultSite, type Proxied, type QueueKind } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { redisInstalled } from '../support/redis.js';
import { visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const hasRedis = redisInstalled();
/** What a worker sends when its handler is done. */
const COMPLETION: Readonly<Record<QueueKind, readonly string[]>> = { redis: ['returnvalue', 'completed'], postgres: ['move_to_completed'] };

describe.each<QueueKind>(['postgres', 'redis'])('the trainer is killed, with the queue in %s', (kind) => {
  const here = kind === 'postgres' || hasRedis ? it : it.skip;
  let site: FaultSite;
  let proxied: Proxied;
  let shop: Shop;
  let trainer: FreshetProcess;
  let run = 0;

  beforeAll(async () => {
    if (kind === 'redis' && !hasRedis) return;
    site = await openFaultSite(kind);
    proxied = await site.proxied();
    const [ingest] = await Promise.all([site.start('ingest'), startVictim()]);
    shop = await site.shop(ingest);
  });
  afterEach(async () => {
    // Who has taken over makes room for the next victim.
    await trainer?.kill();
    if (site !== undefined) await startVictim();
  });
  afterAll(() => site?.close());

  /** A trainer behind the proxies, in its term. */
  async function startVictim(): Promise<void> {
    trainer = await leadNext(() => site.start('trainer', proxied.addresses));
  }

  /** Resolves when whoever `start` brings has raised the epoch. */
  async function leadNext(start: () => Promise<FreshetProcess>): Promise<FreshetProcess> {
    const { epoch } = await site.state();
    const process = await start();
    await until('the next trainer leads', async () => (await site.state()).epoch > epoch);
    return process;
  }

  /** Five events on an item that only they name: its name stands in the delta that first learns it. */
  function batch(): { item: string; events: ReturnType<typeof visits> } {
    const item = `${kind}-item-${++run}`;
    return { item, events: visits(`${kind}-${run}`, 0, 5).map((event) => ({ ...event, item_id: item })) };
  }

  /** Kills the trainer where it commits a batch; the next one takes over. Resolves with the batch's entry and its epochs. */
  async function killAtCommit(at: HoldAt, then: 'drop' | 'release after take-over'): Promise<{ before: number; learnedIn: number }> {
    const { epoch: before } = await site.state();
    const { item, events } = batch();
    const held = proxied.database.hold({ contains: ['delta-commit', item], at });
    await shop.send(events);
    const seq = await site.newestEvents();
    const commit = await held;
    await trainer.kill();
    if (then === 'drop') commit.drop();
    trainer = await leadNext(() => site.start('trainer'));
    if (then === 'release after take-over') commit.release();
    await site.applied(seq);
    return { before, learnedIn: await site.epochOf(seq) };
  }

  here('with its job taken and nothing learned: the next one learns it', async () => {
    const { epoch } = await site.state();
    const queue = await site.queue();
    const reading = await proxied.database.hold({ contains: ['log-read'], at: 'request' });
    await shop.send(batch().events);
    const seq = await site.newestEvents();
    await until('the job is taken', async () => (await queue.counts()).active > 0);
    await trainer.kill();
    reading.drop();
    trainer = await leadNext(() => site.start('trainer'));
    await site.applied(seq);
    expect(await site.epochOf(seq)).toBeGreaterThan(epoch);
    await site.check(`F2 ${kind}: killed with its job taken`);
  });

  // What doesn't touch the queue is the same in both.
  if (kind === 'postgres') {
    it('with the gradient done, before the commit leaves: the next one learns it', async () => {
      const { before, learnedIn } = await killAtCommit('request', 'drop');
      expect(learnedIn).toBeGreaterThan(before);
      await site.check('F2: killed before the commit');
    });

    it('with the commit on its way, delivered after the next one has taken over: it is fenced off', async () => {
      const { before, learnedIn } = await killAtCommit('request', 'release after take-over');
      expect(learnedIn).toBeGreaterThan(before);
      await site.check('F2: the commit arrives after the take-over');
    });

    it('inside the commit: it counts or it does not, never twice', async () => {
      const { before, learnedIn } = await killAtCommit('delivered', 'drop');
      expect(learnedIn).toBeGreaterThanOrEqual(before);
      await site.check('F2: killed inside the commit');
    });

    it('after the commit, before it hears of it: the next one goes on behind it', async () => {
      const { before, learnedIn } = await killAtCommit('answered', 'drop');
      expect(learnedIn).toBe(before);
      await site.check('F2: killed after the commit');
    });
  }

  here('after the commit, before its job is completed: the next one goes on behind it', async () => {
    const { epoch: before } = await site.state();
    const completion = proxied.queue.hold({ contains: COMPLETION[kind], at: 'request' });
    await shop.send(batch().events);
    const seq = await site.newestEvents();
    await site.applied(seq);
    const held = await completion;
    await trainer.kill();
    held.drop();
    trainer = await leadNext(() => site.start('trainer'));
    expect(await site.epochOf(seq)).toBe(before);
    await site.check(`F2 ${kind}: killed before its job was completed`);
  });

  here('every job delivered three times, to two trainers, of which the first is killed: one effect', async () => {
    const queue = await site.queue();
    const standby = await site.start('trainer');
    const committedAt = Date.now();
    for (let n = 0; n < 20; n++) {
      const to = await shop.send(batch().events);
      for (let copy = 0; copy < 3; copy++) await queue.add({ from: to, to, committedAt });
      if (n === 9) await trainer.kill();
    }
    trainer = standby;
    await site.applied(await site.newestEvents());
    await site.check(`F5 ${kind}: jobs delivered three times`);
    // The killed trainer's own jobs are active until BullMQ finds them stalled; the others must be through.
    await until('no job waits', async () => (await queue.counts()).waiting === 0);
    expect((await queue.counts()).failed).toBe(0);
  });
});
