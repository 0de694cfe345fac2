import { createHoldups } from '@freshet/ingest/queue/holdups';
import { createQueueWatch } from '@freshet/ingest/queue/watch';
import type { Logger } from '@freshet/shared/logger';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import type { JobCounts } from '@freshet/shared/ports/job-queue';
import { describe, expect, it } from 'vitest';

function setUp(depth = 10) {
  const said: string[] = [];
  const note = (line: string): void => void said.push(line);
  const log: Logger = { ...silentLogger, warn: note, info: note };
  let now = 0;
  const clock = { now: () => now };
  const holdups = createHoldups(clock, log);
  const metrics = createMetrics({ processMetrics: false });
  let counts: JobCounts | undefined = { waiting: 0, active: 0, failed: 0, oldestWaitingAt: undefined };
  const queue = { counts: () => (counts === undefined ? Promise.reject(new Error('away')) : Promise.resolve(counts)), tidy: () => Promise.resolve() };
  const watch = createQueueWatch({ queue, depth, holdups, metrics, log });
  return { watch, holdups, metrics, said, be: (next: JobCounts | undefined) => (counts = next), later: (ms: number) => (now += ms) };
}

describe('watching the queue of events', () => {
  it('shows its jobs, its limit and its oldest job', async () => {
    const { watch, metrics, be } = setUp();
    be({ waiting: 3, active: 2, failed: 1, oldestWaitingAt: 1_790_000_000_500 });
    await watch.look();
    const scrape = await metrics.render();
    for (const line of [
      'freshet_queue_jobs{queue="events",state="waiting"} 3', 'freshet_queue_jobs{queue="events",state="active"} 2', 'freshet_queue_jobs{queue="events",state="failed"} 1',
      'freshet_queue_jobs_limit{queue="events"} 10', 'freshet_queue_oldest_waiting_timestamp_seconds{queue="events"} 1790000000.5',
    ]) expect(scrape).toContain(line);
    expect(watch.describe()).toEqual({ ok: true, detail: 'events: 3 jobs wait, 2 in hand, 1 failed' });
  });

  it('says once that the queue is too deep, and once that it no longer is', async () => {
    const { watch, said, be } = setUp();
    for (const waiting of [10, 11, 12, 12, 10, 9]) {
      be({ waiting, active: 0, failed: 0, oldestWaitingAt: 1 });
      await watch.look();
      if (waiting === 12) expect(watch.describe().detail).toContain('12 jobs wait (limit 10)');
    }
    expect(said).toEqual(['the queue events is deeper than its limit: producers should hold back', 'the queue events is below its limit again']);
  });

  it('tells of a queue that does not answer, without calling the process unready', async () => {
    const { watch, be } = setUp();
    be(undefined);
    await expect(watch.look()).rejects.toThrow('away');
    expect(watch.describe()).toEqual({ ok: true, detail: 'the queue events does not answer' });
  });

  it('tells why it is held up, in the log at most every half minute', async () => {
    const { watch, holdups, said, later } = setUp();
    await watch.look();
    for (let n = 0; n < 100; n++) {
      holdups.held('trainer_behind');
      later(200);
    }
    expect(watch.describe().detail).toContain('; held up: trainer_behind');
    holdups.over();
    holdups.over();
    expect(watch.describe().detail).not.toContain('held up');
    holdups.held('writer_busy');
    holdups.over();
    later(30_000);
    holdups.held('writer_busy');
    const heldUp = 'the queue events is held up: no more jobs are taken until it is over';
    expect(said).toEqual([heldUp, 'the queue events goes on', heldUp]);
  });
});
