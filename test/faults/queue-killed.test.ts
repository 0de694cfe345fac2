/**
 * Ingest dies (SIGKILL), or sleeps past its right to a job, at each step between a job of the queue `events` and its end. The job
 * is delivered again and completes; its events, which have no ids of their own, are in the log once and move the model once.
 *
 * All processes die first, one after the other; then one takes up what they left. A dead process's job comes back after its lock
 * (15 s) and at most two checks, so this is waited for once.
 */
import { EVENTS_POLICY } from '@freshet/shared/adapters/queue-policy';
import { derivedEventId } from '@freshet/shared/domain/keys';
import { withDeadline } from '@freshet/shared/lifecycle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventProducer, openEventProducer, type QueuedJob } from '../support/event-producer.js';
import type { FaultProxy, HoldRule } from '../support/fault-proxy.js';
import { type FaultSite, openFaultSite, type Proxied, type QueueKind } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { redisInstalled } from '../support/redis.js';
import { until } from '../support/until.js';

interface Result {
  readonly accepted: number;
  readonly duplicates: number;
  readonly items: readonly { readonly id: string }[];
}

const EVENTS = 3;
/** Six processes start one after the other, and a dead one's job comes back after half a minute. */
const SIX_DEATHS_MS = 300_000;
const kinds: readonly QueueKind[] = redisInstalled() ? ['redis', 'postgres'] : ['postgres'];

describe.each(kinds)('ingest dies with a job of the queue in hand, the queue in %s', (kind) => {
  let site: FaultSite;
  let proxied: Proxied;
  let producer: EventProducer;

  beforeAll(async () => {
    site = await openFaultSite(kind);
    proxied = await site.proxied();
    producer = openEventProducer(site.addresses.queueUrl ?? site.addresses.databaseUrl);
    await site.start('trainer');
  });
  afterAll(async () => {
    await producer?.close();
    await site?.close();
  });

  const eventsOf = (name: string): object[] => Array.from({ length: EVENTS }, (_, n) => ({ type: 'view', user_id: `shopper of ${name}`, item_id: `${name} ${n}` }));

  interface Case {
    readonly name: string;
    readonly through: (to: Proxied) => FaultProxy;
    readonly hold: Omit<HoldRule, 'contains'>;
    /** Occurs in the message to be held, beside the case's name. */
    readonly word: string;
    /** What becomes of what is held once the process is gone. */
    readonly after: 'release' | 'drop';
    /** What the second delivery finds. */
    readonly outcome: 'accepted' | 'duplicates';
  }

  const cases: readonly Case[] = [
    { name: 'taken', through: ({ database }) => database, hold: { at: 'request' }, word: 'log-append', after: 'drop', outcome: 'accepted' },
    { name: 'committing', through: ({ database }) => database, hold: { at: 'request' }, word: 'log-append', after: 'release', outcome: 'duplicates' },
    { name: 'committed', through: ({ database }) => database, hold: { at: 'answered' }, word: 'log-append', after: 'drop', outcome: 'duplicates' },
    { name: 'completing', through: ({ queue }) => queue, hold: { at: 'request' }, word: '"sequence"', after: 'drop', outcome: 'duplicates' },
    { name: 'completed', through: ({ queue }) => queue, hold: { at: 'answered' }, word: '"sequence"', after: 'drop', outcome: 'accepted' },
  ];

  /** The result names no item, so the message that completes a job is told by the id of its first event. */
  function wordsOf({ name, word }: Case, job: QueuedJob): string[] {
    if (word !== '"sequence"') return [word, `${name} 0`];
    return [word, derivedEventId(`events\0${job.id ?? ''}\0${job.timestamp}`, 0)];
  }

  async function die(one: Case): Promise<QueuedJob> {
    // Added before anybody takes it, so that the rule is there first.
    const job = await producer.add(eventsOf(one.name));
    const held = one.through(proxied).hold({ ...one.hold, contains: wordsOf(one, job) });
    const ingest = await site.start('ingest', proxied.addresses);
    const stopped = await withDeadline(held, 60_000, `what is to be held of “${one.name}”`);
    await ingest.kill();
    stopped[one.after]();
    return job;
  }

  async function sleepThrough(name: string): Promise<{ job: QueuedJob; sleeper: FreshetProcess; wake: () => void }> {
    const job = await producer.add(eventsOf(name));
    const held = proxied.database.hold({ contains: ['log-append', `${name} 0`], at: 'request' });
    const sleeper = await site.start('ingest', proxied.addresses);
    const stopped = await withDeadline(held, 60_000, `what is to be held of “${name}”`);
    sleeper.pause();
    return { job, sleeper, wake: () => (stopped.release(), sleeper.resume()) };
  }

  it('at each step: every event is accepted once, and every job has a result', async () => {
    const died: { one: Case; job: QueuedJob }[] = [];
    const began = performance.now();
    for (const one of cases) died.push({ one, job: await die(one) });
    const asleep = await sleepThrough('sleeping');
    // On a busy machine a job's right runs out while others still die, and one of them has taken it up before the last does.
    const untouched = performance.now() - began < EVENTS_POLICY.lockMs;

    await site.start('ingest');
    for (const { one, job } of died) {
      const { state, result } = await producer.end(job);
      expect({ name: one.name, state, result }).toMatchObject({ name: one.name, state: 'completed', result: { rejected: 0, ...(untouched && { [one.outcome]: EVENTS }) } });
      expect((result as Result).accepted + (result as Result).duplicates).toBe(EVENTS);
      for (const { id } of (result as Result).items) site.acknowledged.add(id);
    }
    const slept = await producer.end(asleep.job);
    expect(slept).toMatchObject({ state: 'completed', result: { accepted: EVENTS } });
    for (const { id } of (slept.result as Result).items) site.acknowledged.add(id);

    // The sleeper's statement arrives, and the sleeper tells the end of a job that is no longer its own.
    asleep.wake();
    await until('the sleeper has noticed', () => /lock|not in the active state|job/i.test(asleep.sleeper.output().split('ready;')[1] ?? ''));
    const again = await producer.add(eventsOf('afterwards'));
    expect(await producer.end(again)).toMatchObject({ state: 'completed', result: { accepted: EVENTS } });

    expect((await producer.end(asleep.job)).result).toEqual(slept.result);
    const logged = await site.client.query<{ n: string }>('select total as n from freshet.log_counter');
    expect(Number(logged.rows[0]?.n)).toBe((cases.length + 2) * EVENTS);
    await site.check(`jobs whose ingest died, queue in ${kind}`);
  }, SIX_DEATHS_MS);

  it('stopped by SIGTERM it finishes the job in hand and leaves the others', async () => {
    const before = Number((await site.client.query<{ n: string }>('select total as n from freshet.log_counter')).rows[0]?.n);
    await Promise.all(site.processes().flatMap((process) => (process.role === 'ingest' ? [process.kill()] : [])));
    const ingest = await site.start('ingest', proxied.addresses);
    const url = await ingest.url;
    const held = proxied.database.hold({ contains: ['log-append', 'in hand 0'], at: 'request' });
    const inHand = await producer.add(eventsOf('in hand'));
    const stopped = await withDeadline(held, 60_000, 'the hold of the job in hand');
    const stopping = ingest.stop();
    await until('it no longer listens', () => fetch(`${url}/livez`).then(() => false, () => true));
    const later = await producer.add(eventsOf('later'));
    stopped.release();
    expect(await stopping).toBe(0);
    expect(await producer.end(inHand)).toMatchObject({ state: 'completed', result: { accepted: EVENTS } });
    expect(await later.getState()).toBe('waiting');
    await site.start('ingest');
    expect(await producer.end(later)).toMatchObject({ state: 'completed', result: { accepted: EVENTS } });
    const after = Number((await site.client.query<{ n: string }>('select total as n from freshet.log_counter')).rows[0]?.n);
    expect(after - before).toBe(2 * EVENTS);
    await site.check(`a job in hand at SIGTERM, queue in ${kind}`);
  });
});
