import { expect, it } from 'vitest';
import { startPump } from '@freshet/serving/follow/pump';
import { createProgress } from '@freshet/serving/follow/progress';
import { createVersions, VERSIONS_KEPT } from '@freshet/serving/follow/versions';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { Clock } from '@freshet/shared/ports/clock';

/** A clock whose sleeps are written down and end when they are aborted, or at once. */
function watchedClock(atOnce: boolean) {
  const slept: number[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep(ms, signal) {
      slept.push(ms);
      if (atOnce || signal?.aborted === true) return new Promise((resolve) => setImmediate(resolve));
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
    },
  };
  return { clock, slept };
}

it('works once more at once when it was woken while it worked, and ends when asked', async () => {
  const stop = new AbortController();
  const { clock } = watchedClock(false);
  let works = 0;
  const pump = startPump({
    clock, pollMs: 250, signal: stop.signal, failed: () => undefined,
    work: async () => {
      works++;
      await Promise.resolve();
      if (works === 1) pump.wake();
      else stop.abort();
    },
  });
  await pump.done;
  expect(works).toBe(2);
});

it('waits longer after each failure up to a limit, whatever is announced, and starts anew after a success', async () => {
  const stop = new AbortController();
  const { clock, slept } = watchedClock(true);
  let works = 0;
  const pump = startPump({
    clock, pollMs: 250, signal: stop.signal, failed: () => pump.wake(),
    work: () => {
      works++;
      if (works === 10) stop.abort();
      return works === 8 || works === 10 ? Promise.resolve() : Promise.reject(new Error('no'));
    },
  });
  await pump.done;
  expect(slept).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 250, 250]);
});

it('whoever waits for an entry is woken when histories and model have both reached it', async () => {
  const progress = createProgress(systemClock);
  const waiting = progress.reach(5, 60_000);
  progress.moveLog(7, 0);
  progress.moveModel(5, true);
  expect(await waiting).toBe(true);
  expect(await progress.reach(6, 1)).toBe(false);
});

it('whoever waits is woken by the log alone once the model is pinned, and waits for both again when it is not', async () => {
  const progress = createProgress(systemClock);
  const waiting = progress.reach(5, 60_000);
  progress.moveLog(7, 0);
  progress.moveModel(2, false);
  expect(await waiting).toBe(true);
  expect([progress.isReached(7), progress.isReached(8)]).toEqual([true, false]);
  expect(progress.positions().learned).toBe(2);
  progress.moveModel(6, true);
  expect([progress.isReached(6), progress.isReached(7), progress.isReached(7, 'log')]).toEqual([true, false, true]);
});

it('the last versions are kept, and found by the entry they have learned', () => {
  const versions = createVersions();
  const timings = { receivedAt: 0, takenAt: 0, trainedAt: 0, committedAt: 0 };
  const add = (version: number) => versions.add({ version, epoch: 1, fromSeq: version * 2 - 1, toSeq: version * 2, bytes: 0, checksum: '', rows: {}, timings, appliedAt: 0 });
  for (let version = 1; version <= VERSIONS_KEPT + 10; version++) add(version);
  expect([versions.find(10), versions.find(11)?.version]).toEqual([undefined, 11]);
  expect([versions.thatLearned(1), versions.thatLearned(101)?.version, versions.thatLearned(102)?.version, versions.thatLearned(1e9)]).toEqual([undefined, 51, 51, undefined]);
  expect(versions.recent(2).map(({ version }) => version)).toEqual([VERSIONS_KEPT + 10, VERSIONS_KEPT + 9]);
  expect(versions.recent(2, 100).map(({ version }) => version)).toEqual([99, 98]);
});
