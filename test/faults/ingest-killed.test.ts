/**
 * Fault F1: ingest dies (SIGKILL) at each step between a request and its end. Every 202 is durable, and the client's
 * retry with the same ids has no second effect.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openShop } from '../support/api-client.js';
import { type FaultProxy, type Held, startFaultProxy } from '../support/fault-proxy.js';
import { type FaultSite, openFaultSite, type Proxied, type QueueKind } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { redisInstalled } from '../support/redis.js';
import { visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const hasRedis = redisInstalled();

describe.each<QueueKind>(['postgres', 'redis'])('ingest is killed, with the queue in %s', (kind) => {
  const here = kind === 'postgres' || hasRedis ? it : it.skip;
  let site: FaultSite;
  let proxied: Proxied;
  let ingest: FreshetProcess;
  let http: FaultProxy | undefined;
  let run = 0;

  beforeAll(async () => {
    if (kind === 'redis' && !hasRedis) return;
    site = await openFaultSite(kind);
    proxied = await site.proxied();
    [ingest] = await Promise.all([site.start('ingest', proxied.addresses), site.start('trainer')]);
  });
  afterAll(async () => {
    await http?.close();
    await site?.close();
  });

  const events = (): ReturnType<typeof visits> => visits(`${kind}-${++run}`, 0, 5);

  /** The request's outcome: its status, or undefined when the connection broke. */
  async function post(url: string, body: ReturnType<typeof visits>): Promise<number | undefined> {
    return openShop(url, site.acknowledged).post('/v1/events', body).then((reply) => reply.status, () => undefined);
  }

  /** The same ids again, to a new process: what becomes of each. */
  async function retry(body: ReturnType<typeof visits>): Promise<readonly string[]> {
    ingest = await site.start('ingest', proxied.addresses);
    const reply = await (await site.shop(ingest)).post('/v1/events', body);
    expect(reply.status).toBe(202);
    return (reply.body['items'] as { status: string }[]).map((item) => item.status);
  }

  /** Holds the answer to a wake-up that names entries behind `seq`; one of a heartbeat before it may pass. */
  async function wakeUpTaken(seq: number): Promise<Held> {
    for (;;) {
      const held = await proxied.queue.hold({ contains: ['"committedAt"'], at: 'answered' });
      if (Number(/"to":(\d+)/.exec(held.text)?.[1]) >= (await site.newestEvents()) && (await site.newestEvents()) > seq) return held;
      held.release();
    }
  }

  const isLogged = async (id: string): Promise<boolean> => (await site.client.query('select 1 from freshet.log_entry where position($1::bytea in payload) > 0', [Buffer.from(`"${id}"`)])).rowCount === 1;
  const all = (status: string): string[] => Array.from({ length: 5 }, () => status);

  here('after the events were parsed: nothing is stored, and the retry is accepted', async () => {
    const body = events();
    const held = proxied.database.hold({ contains: ['log-append', body[0]?.id ?? ''], at: 'request' });
    const outcome = post(await ingest.url, body);
    await held;
    await ingest.kill();
    (await held).drop();
    expect(await outcome).toBeUndefined();
    expect(await isLogged(body[0]?.id ?? '')).toBe(false);
    expect(await retry(body)).toEqual(all('accepted'));
    await site.check(`F1 ${kind}: killed after parsing`);
  });

  here('with the commit’s bytes on their way: they count, and the retry is a duplicate', async () => {
    const body = events();
    const held = proxied.database.hold({ contains: ['log-append', body[0]?.id ?? ''], at: 'request' });
    const outcome = post(await ingest.url, body);
    await held;
    await ingest.kill();
    (await held).release();
    expect(await outcome).toBeUndefined();
    await until('the late statement is committed', () => isLogged(body[0]?.id ?? ''));
    expect(await retry(body)).toEqual(all('duplicate'));
    await site.check(`F1 ${kind}: killed with the commit on its way`);
  });

  here('after the commit, before it hears of it: the retry is a duplicate', async () => {
    const body = events();
    const held = proxied.database.hold({ contains: ['log-append', body[0]?.id ?? ''], at: 'answered' });
    const outcome = post(await ingest.url, body);
    await held;
    await ingest.kill();
    (await held).drop();
    expect(await outcome).toBeUndefined();
    expect(await retry(body)).toEqual(all('duplicate'));
    await site.check(`F1 ${kind}: killed after the commit`);
  });

  here('after the answer, before the wake-up is in the queue: the trainer finds the events by itself', async () => {
    const body = events();
    const held = proxied.queue.hold({ contains: ['"committedAt"'], at: 'request' });
    expect(await post(await ingest.url, body)).toBe(202);
    await held;
    await ingest.kill();
    (await held).drop();
    await site.applied(await site.newestEvents());
    expect(await retry(body)).toEqual(all('duplicate'));
    await site.check(`F1 ${kind}: killed before the wake-up`);
  });

  here('after the wake-up, before the answer: the retry is a duplicate', async () => {
    const body = events();
    const before = await site.newestEvents();
    http = await startFaultProxy({ host: '127.0.0.1', port: Number(new URL(await ingest.url).port) }, 'http');
    const answer = http.hold({ contains: [body[0]?.id ?? ''], at: 'answered' });
    const wakeUp = wakeUpTaken(before);
    const outcome = post(`http://127.0.0.1:${http.port}`, body);
    await Promise.all([answer, wakeUp]);
    await ingest.kill();
    (await answer).drop();
    (await wakeUp).drop();
    expect(await outcome).toBeUndefined();
    expect(await retry(body)).toEqual(all('duplicate'));
    await site.check(`F1 ${kind}: killed before the answer`);
  });

  here('after the wake-up and the answer: the retry is a duplicate', async () => {
    const body = events();
    const wakeUp = wakeUpTaken(await site.newestEvents());
    expect(await post(await ingest.url, body)).toBe(202);
    await wakeUp;
    await ingest.kill();
    (await wakeUp).drop();
    expect(await retry(body)).toEqual(all('duplicate'));
    await site.check(`F1 ${kind}: killed after the answer`);
  });
});
