import { waitUntil } from 'freshet/bench/target/wait-until';
import { expect, it } from 'vitest';

const never = new AbortController().signal;

it('asks until it is so, and says how long that took', async () => {
  let asked = 0;
  const ms = await waitUntil(() => Promise.resolve(++asked === 3), { what: () => 'unused', limitMs: 60_000, pollMs: 1, signal: never });
  expect(asked).toBe(3);
  expect(ms).toBeGreaterThan(0);
});

it('ends with what was waited for once the limit is over, having asked at least once', async () => {
  let asked = 0;
  const waiting = waitUntil(() => Promise.resolve(++asked < 0), { what: () => 'the trainer is there', limitMs: 0, pollMs: 1, signal: never });
  await expect(waiting).rejects.toThrow('waited 0 s in vain: the trainer is there');
  expect(asked).toBeGreaterThan(0);
});

it('ends with what the question throws, and when it is aborted', async () => {
  const broken = waitUntil(() => Promise.reject(new Error('it has ended')), { what: () => '', limitMs: 60_000, pollMs: 1, signal: never });
  await expect(broken).rejects.toThrow('it has ended');
  const abort = new AbortController();
  const waiting = waitUntil(() => Promise.resolve(false), { what: () => '', limitMs: 60_000, pollMs: 1, signal: abort.signal });
  abort.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});
