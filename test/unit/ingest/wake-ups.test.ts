import { createWakeUps } from '@freshet/ingest/wake-ups';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import type { WakeUp } from '@freshet/shared/ports/job-queue';
import { describe, expect, it } from 'vitest';

const metrics = createMetrics({ processMetrics: false });
const clock = { now: () => 7, sleep: () => Promise.resolve() };

describe('wake-ups', () => {
  it('adds one job at a time, naming all that was committed since the last', async () => {
    const jobs: WakeUp[] = [];
    const release: (() => void)[] = [];
    const add = (job: WakeUp): Promise<void> => {
      jobs.push(job);
      return new Promise((resolve) => release.push(resolve));
    };
    const wakeUps = createWakeUps({ queue: { add }, clock, metrics, log: silentLogger });
    for (const seq of [1, 3, 2]) wakeUps.committed(seq);
    expect(jobs).toEqual([{ from: 1, to: 1, committedAt: 7 }]);
    release[0]?.();
    await expect.poll(() => jobs.length).toBe(2);
    expect(jobs[1]).toEqual({ from: 2, to: 3, committedAt: 7 });
    release[1]?.();
    await wakeUps.close();
  });

  it('leaves time between two jobs, and none once it closes', async () => {
    const jobs: WakeUp[] = [];
    const pauses: number[] = [];
    const held = { ...clock, sleep: (ms: number, signal?: AbortSignal) => new Promise<void>((resolve) => (pauses.push(ms), signal?.aborted === true ? resolve() : signal?.addEventListener('abort', () => resolve()))) };
    const wakeUps = createWakeUps({ queue: { add: (job) => Promise.resolve(void jobs.push(job)) }, clock: held, metrics, log: silentLogger });
    wakeUps.committed(1);
    await expect.poll(() => pauses.length).toBe(1);
    for (const seq of [2, 3]) wakeUps.committed(seq);
    expect(jobs).toHaveLength(1);
    await wakeUps.close();
    expect(jobs.at(-1)).toEqual({ from: 2, to: 3, committedAt: 7 });
  });

  it('counts a failure and takes its range along with the next commit', async () => {
    const jobs: WakeUp[] = [];
    let failing = true;
    const add = (job: WakeUp): Promise<void> => {
      jobs.push(job);
      return failing ? Promise.reject(new Error('no queue')) : Promise.resolve();
    };
    const wakeUps = createWakeUps({ queue: { add }, clock, metrics, log: silentLogger });
    wakeUps.committed(1);
    await wakeUps.close();
    expect(await metrics.render()).toContain('freshet_ingest_wake_up_failures_total 1');
    failing = false;
    wakeUps.committed(2);
    await wakeUps.close();
    expect(jobs.at(-1)).toEqual({ from: 1, to: 2, committedAt: 7 });
  });
});
