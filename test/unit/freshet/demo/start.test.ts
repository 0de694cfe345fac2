import { describe, expect, it } from 'vitest';
import type { Clock } from '@freshet/shared/ports/clock';
import { startDemo, type DemoOptions, type Post } from 'freshet/demo/start';

interface Sent {
  readonly path: string;
  readonly body: readonly { readonly id: string; readonly timestamp?: number }[];
  readonly at: number;
}

/** A clock that stands still until somebody sleeps: then it is later at once. */
function jumpingClock(start: number): Clock & { jump(ms: number): void } {
  let now = start;
  return {
    now: () => now,
    jump: (ms) => (now += ms),
    sleep: (ms, signal) => {
      if (signal?.aborted !== true) now += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const START = Date.UTC(2026, 0, 1);

/** Runs a demo until `enough` says so. `answer` decides what a request gets. */
async function run(options: Partial<DemoOptions>, enough: (sent: readonly Sent[]) => boolean, answer: (n: number) => number | Error = () => 202) {
  const clock = jumpingClock(START);
  const sent: Sent[] = [];
  const lines: string[] = [];
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const post: Post = (path, body) => {
    sent.push({ path, body: body as Sent['body'], at: clock.now() });
    if (enough(sent)) finish();
    const reply = answer(sent.length);
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve({ status: reply });
  };
  const demo = startDemo({ post, clock, log: (line) => lines.push(line), ...options });
  await finished;
  await demo.stop();
  return { sent, lines, clock, demo };
}

const events = (sent: readonly Sent[], path: string): Sent['body'] => sent.filter((request) => request.path === path).flatMap((request) => request.body);
const atLeast = (requests: number) => (sent: readonly Sent[]) => sent.length >= requests;

describe('startDemo', () => {
  it('loads the catalogue only when asked, then the past, then the present', async () => {
    const { sent } = await run({ catalogue: true, history: 1_200 }, atLeast(10));
    expect(sent.map(({ path }) => path).slice(0, 6)).toEqual([
      '/v1/items:batch', '/v1/items:batch', '/v1/events?historical=true', '/v1/events?historical=true', '/v1/events?historical=true', '/v1/events',
    ]);
    expect(events(sent, '/v1/items:batch').length).toBe(600);
    const past = events(sent, '/v1/events?historical=true');
    expect(past).toHaveLength(1_200);
    expect(past.every(({ timestamp = 0 }, n) => timestamp < START && timestamp >= (past[n - 1]?.timestamp ?? 0))).toBe(true);
    const without = await run({ history: 0 }, atLeast(1));
    expect(without.sent[0]?.path).toBe('/v1/events');
  });

  it('keeps the rate, with times that are never in the future', async () => {
    const { sent } = await run({ history: 0, rate: 20 }, atLeast(40));
    const seconds = ((sent.at(-1)?.at ?? 0) - START) / 1_000;
    expect(events(sent, '/v1/events').length / seconds).toBeCloseTo(20, 0);
    expect(sent.every(({ body, at }) => body.every(({ timestamp = 0 }) => timestamp <= at))).toBe(true);
  });

  it('leaves out what a long pause missed', async () => {
    const clock = jumpingClock(START);
    const sizes: number[] = [];
    const demo = startDemo({
      clock, history: 0, rate: 20, log: () => {},
      post: (_, body) => {
        sizes.push((body as unknown[]).length);
        if (sizes.length === 2) clock.jump(3_600_000);
        if (sizes.length === 5) void demo.stop();
        return Promise.resolve({ status: 202 });
      },
    });
    await demo.done;
    expect(Math.max(...sizes)).toBe(40);
  });

  it('tries again with the same ids when the server is busy or away', async () => {
    const { sent, lines } = await run({ history: 0 }, atLeast(5), (n) => (n === 1 ? 503 : n === 2 ? new Error('refused') : n === 3 ? 429 : 202));
    const ids = sent.map(({ body }) => body.map(({ id }) => id).join());
    expect(new Set(ids.slice(0, 4)).size).toBe(1);
    expect(ids[4]).not.toBe(ids[0]);
    expect(lines).toEqual([]);
  });

  it('gives up after six tries, says so once a minute at most, and goes on', async () => {
    const { sent, lines } = await run({ history: 0 }, atLeast(20), () => 503);
    const tries = sent.map(({ body }) => body[0]?.id);
    expect(tries.filter((id) => id === tries[0])).toHaveLength(6);
    expect(new Set(tries).size).toBeGreaterThan(2);
    expect(lines).toEqual(['demo: /v1/events was given up: status 503']);
  });

  it('does not repeat a request that the server refuses', async () => {
    const { sent } = await run({ history: 0 }, atLeast(3), () => 400);
    expect(new Set(sent.map(({ body }) => body[0]?.id)).size).toBe(sent.length);
  });

  it('never sends an id twice, even if it is started again with the same seed', async () => {
    const first = await run({ history: 100 }, atLeast(4));
    const clock = jumpingClock(START + 1);
    const later: Sent[] = [];
    const demo = startDemo({
      clock, history: 100, log: () => {},
      post: (path, body) => {
        later.push({ path, body: body as Sent['body'], at: clock.now() });
        return Promise.resolve({ status: 202 });
      },
    });
    await demo.ready;
    await demo.stop();
    const ids = [...first.sent, ...later].flatMap(({ body }) => body.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('stops at once, even while a request hangs, and may be stopped twice', async () => {
    let hanging = (): void => {};
    const begun = new Promise<void>((resolve) => (hanging = resolve));
    const demo = startDemo({
      clock: jumpingClock(START),
      log: () => {},
      post: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
          hanging();
        }),
    });
    await begun;
    await Promise.all([demo.stop(), demo.stop()]);
    await expect(demo.ready).resolves.toBeUndefined();
    await expect(demo.done).resolves.toBeUndefined();
  });
});
