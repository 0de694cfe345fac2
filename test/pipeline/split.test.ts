/** Three services as processes of their own on a real Postgres and a real Redis, ingest and serving twice, started in any order. */
import { queueFromUrl } from '@freshet/shared/adapters/queue-from-url';
import { silentLogger } from '@freshet/shared/logger';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idsOf, openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { redisInstalled, startRedis, type TestRedis } from '../support/redis.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const acknowledged = new Set<string>();
const MODEL = ['--max-items', '4096'];

let database: TestDatabase;
let redis: TestRedis;
const processes: FreshetCommand[] = [];

describe.skipIf(!redisInstalled())('split', () => {
  beforeAll(async () => {
    redis = await startRedis();
    database = await createDatabase({ migrated: false });
  });
  afterAll(async () => {
    await endAll();
    await database.drop();
    await redis.stop();
  });

  async function launch(command: 'ingest' | 'trainer' | 'serving'): Promise<Shop> {
    const env = { DATABASE_URL: database.url, QUEUE_URL: redis.url };
    const started = await startFreshet({ command, env, args: command === 'ingest' ? [] : MODEL });
    processes.push(started);
    return openShop(started.url, acknowledged);
  }

  let serving: Shop[];
  let ingest: Shop[];

  test('services started at once on an empty database bring it up to date, serving before there is a trainer', async () => {
    const [s1, s2, i1, i2] = await Promise.all([launch('serving'), launch('serving'), launch('ingest'), launch('ingest')]);
    serving = [s1, s2];
    ingest = [i1, i2];
    await Promise.all(processes.map((one) => one.ready()));
    // The page is where the answers are.
    const [page, none] = await Promise.all([fetch(`${s1.url}/`), fetch(`${i1.url}/`)]);
    expect([page.status, page.headers.get('content-type'), none.status]).toEqual([200, 'text/html; charset=utf-8', 404]);
    const sequence = await i1.describe(documents());
    // Nothing is learned yet, and an answer is never empty: the catalogue comes over the log.
    const list = await until('the newest items', async () => {
      const answer = await s1.recommend('ada', { limit: 5 });
      return answer.history_seq >= sequence && answer;
    });
    expect(list).toMatchObject({ fallback: 'newest', model_version: 0 });
    expect(list.items).toHaveLength(5);
  });

  test('an event that comes in at one process changes the list at the others', async () => {
    await launch('trainer');
    const before = await serving[1]?.recommend('ada', { limit: 5 });
    const sequence = (await ingest[0]?.send([{ id: 'split-1', type: 'view', user_id: 'ada', item_id: 'rugs-7' }])) ?? Number.NaN;
    for (const replica of serving) {
      const latest = await until('the event is learned', async () => {
        const found = await replica.latest();
        return found.learned_until >= sequence && found;
      });
      const after = await replica.recommend('ada', { limit: 5, after_sequence: sequence });
      expect(after.fallback).toBe('personal');
      expect(after.model_version).toBeGreaterThanOrEqual(latest.version);
      expect(idsOf(after)).not.toEqual(idsOf(before ?? after));
      expect(await replica.trace('split-1')).toMatchObject({ state: 'served', sequence });
    }
  });

  test('two ingest processes accept each event once, whoever it comes to', async () => {
    const accepted = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const events = visits('both', n * 20, 20);
        const replies = await Promise.all(ingest.map((one) => one.post('/v1/events', events)));
        return replies.reduce((sum, reply) => sum + Number(reply.body['accepted']), 0);
      }),
    );
    expect(accepted).toEqual(accepted.map(() => 20));
    await expectSoundLedger('split, two ingest', database.url, acknowledged);
  });

  test('wake-ups reach the trainer through Redis, and none is left', async () => {
    const lags: number[] = [];
    for (let n = 0; n < 15; n++) {
      const id = `woken-${n}`;
      await ingest[n % 2]?.send([{ id, type: 'view', user_id: 'ben', item_id: `clocks-${n}` }]);
      const trace = await until('the event is trained', async () => {
        const found = await serving[0]?.trace(id);
        return found?.state === 'served' && found;
      });
      lags.push(Date.parse(trace.queued?.at ?? '') - Date.parse(trace.received.at ?? ''));
    }
    const median = lags.sort((a, b) => a - b)[7] ?? Number.NaN;
    console.info(`received to taken through Redis: median ${median} ms of ${lags.length}`);
    // The trainer looks by itself once a second: without wake-ups the median would be half of that.
    expect(median).toBeLessThan(300);
    const queue = await queueFromUrl(redis.url, { log: silentLogger });
    try {
      await until('the queue is empty', async () => {
        const { waiting, active, failed } = await queue.counts();
        expect(failed).toBe(0);
        return waiting + active === 0;
      });
    } finally {
      await queue.close();
    }
  });

  test('two replicas never go back, reads wait for what was written, and they agree in the end', async () => {
    let sending = true;
    let head = 0;
    const load = (async () => {
      for (let n = 0; sending; n += 20) head = (await ingest[(n / 20) % 2]?.send(visits('load', n, 20))) ?? head;
    })();
    const watch = serving.map(async (replica) => {
      let last = { model_version: 0, learned_until: 0, history_seq: 0 };
      for (let n = 0; n < 150; n++) {
        const asked = n % 10 === 0 ? head : undefined;
        const answer = await replica.recommend(`shopper-${n % 40}`, { limit: 10, ...(asked === undefined ? {} : { after_sequence: asked }) });
        if (asked !== undefined) expect(answer.learned_until).toBeGreaterThanOrEqual(asked);
        expect(answer.model_version).toBeGreaterThanOrEqual(last.model_version);
        expect(answer.learned_until).toBeGreaterThanOrEqual(last.learned_until);
        expect(answer.history_seq).toBeGreaterThanOrEqual(last.history_seq);
        expect(answer.items).toHaveLength(10);
        last = answer;
      }
      return last.model_version;
    });
    const versions = await Promise.all(watch);
    sending = false;
    await load;
    console.info(`replicas reached versions ${versions.join(' and ')} under load`);
    // Same version, same scores; heartbeats move on every second, so both are asked again until they meet.
    await until('both replicas give the same answer from the same version', async () => {
      const [a, b] = await Promise.all(serving.map((replica) => replica.recommend('ben', { limit: 20, exclude_seen: true })));
      if (a === undefined || a.model_version !== b?.model_version) return false;
      expect(idsOf(b)).toEqual(idsOf(a));
      a.items.forEach(({ score }, i) => expect(b.items[i]?.score).toBeCloseTo(score, 3));
      return true;
    });
  });

  test('every process drains when it is asked to', async () => {
    await expectSoundLedger('split', database.url, acknowledged);
    const exits = await Promise.all(processes.map((one) => one.stop()));
    console.info(`stopped in ${exits.map((exit) => Math.round(exit.ms)).join(', ')} ms`);
    for (const exit of exits) {
      expect(exit.code).toBe(0);
      expect(exit.ms).toBeLessThan(10_000);
    }
  });
});
