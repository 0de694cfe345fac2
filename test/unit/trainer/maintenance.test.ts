/** What each maintenance job does, by what is stored: done once, not before it is due, and again after it was lost. */
import { memoryModelEvents } from '@freshet/shared/adapters/memory/model-events';
import { memoryMaintenanceQueue } from '@freshet/shared/adapters/memory/maintenance-queue';
import { type Owner, startService } from '@freshet/shared/lifecycle';
import { silentLogger } from '@freshet/shared/logger';
import type { MaintenanceJob } from '@freshet/shared/ports/maintenance-queue';
import type { QualityLog, QualityWindow } from '@freshet/shared/ports/quality-log';
import { doJob, type MaintenanceParts, startMaintenance } from '@freshet/trainer/maintenance';
import type { RefitPolicy } from '@freshet/trainer/refit/triggers';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { shop } from './support/shop.js';

const HOUR_MS = 3_600_000;
const policy: RefitPolicy = { strategy: 'incremental', options: { epochs: 1, gate: 10 }, everyHours: 24, growth: 0 };

/** Windows of 100 events, one a minute (or more often) up to the clock's time. */
function dayOf(now: number, count: number, hits10: number, everyMs = 60_000): QualityWindow[] {
  return Array.from({ length: count }, (_, n) => ({
    fromSeq: count - n, toSeq: count - n, version: count - n, beganAt: now - (n + 1) * everyMs, endedAt: now - n * everyMs,
    tested: 100, hits10, ndcg10: hits10 / 2, examples: 100, loss: 1, popularityHits10: 10, followHits10: 20,
  }));
}

function site() {
  const one = shop();
  let now = Date.now();
  const clock = { ...one.deps.clock, now: () => now };
  const windows: QualityWindow[] = [];
  const trims: (readonly [number, number])[] = [];
  const warned: string[] = [];
  const wishes: number[] = [];
  const quality: Pick<QualityLog, 'recent' | 'trim'> = {
    recent: (limit, before = Number.POSITIVE_INFINITY) => Promise.resolve(windows.filter(({ fromSeq }) => fromSeq < before).slice(0, limit)),
    trim: (count, ageMs) => (trims.push([count, ageMs]), Promise.resolve(0)),
  };
  const snapshot = { finishedAt: 0, versionEnd: 0 };
  const parts: MaintenanceParts = {
    ...one.deps,
    maintenance: memoryMaintenanceQueue(silentLogger),
    modelEvents: memoryModelEvents(clock),
    quality,
    clock,
    deltas: { state: async () => ({ ...(await one.deps.deltas.state()), version: 7 }) },
    snapshots: {
      latest: () => Promise.resolve(snapshot.versionEnd === 0 ? undefined : { versionStart: 1, versionEnd: snapshot.versionEnd, applied: 1, checksum: Buffer.alloc(0), chunks: 1, bytes: 1 }),
      debt: () => Promise.resolve({ deltaBytes: 0, deltas: 0, finishedAt: snapshot.finishedAt }),
    },
    announcer: { announce: (channel, version) => void (channel === 'snapshot' && wishes.push(version)) },
    log: { ...silentLogger, warn: (message) => void warned.push(message) },
  };
  const run = (job: MaintenanceJob): Promise<void> => doJob(job, policy, parts);
  return { parts, run, clock, windows, trims, warned, wishes, snapshot, events: () => (parts.modelEvents as ReturnType<typeof memoryModelEvents>).list(10), wait: (ms: number) => (now += ms), metric: async (result: string) => Number(new RegExp(`freshet_evaluations_total\\{result="${result}"\\} (\\d+)`).exec(await one.deps.metrics.render())?.[1]) };
}

describe('an evaluation', () => {
  it('is kept as an event of the newest version with its figures, once however often its job comes, and again six hours later', async () => {
    const { run, clock, windows, events, wait, metric, warned } = site();
    windows.push(...dayOf(clock.now(), 60, 40));
    await run('evaluation');
    await run('evaluation');
    expect(await events()).toMatchObject([{ kind: 'evaluated', version: 60, replica: '', reason: 'HR@10 0.4000, NDCG@10 0.2000 on the last day’s 6000 events; popularity 0.1000, followers 0.2000: beats both' }]);
    expect(await metric('passed')).toBe(1);
    wait(5 * HOUR_MS);
    await run('evaluation');
    expect(await events()).toHaveLength(1);
    wait(HOUR_MS);
    await run('evaluation');
    expect(await events()).toHaveLength(2);
    expect(warned).toEqual([]);
  });

  it('of a model that doesn’t beat the floors is logged and counted', async () => {
    const { run, clock, windows, events, warned, metric } = site();
    windows.push(...dayOf(clock.now(), 60, 15));
    await run('evaluation');
    expect((await events())[0]?.reason).toContain('below_followers');
    expect(warned).toEqual(['the model doesn’t beat the floors']);
    expect(await metric('below_floors')).toBe(1);
  });

  it('looks at the whole day of a trainer that closes a window each second', async () => {
    const { run, clock, windows, events } = site();
    windows.push(...dayOf(clock.now(), 90_000, 40, 1_000));
    await run('evaluation');
    expect((await events())[0]?.reason).toContain('on the last day’s 8640000 events');
  });

  it('looks at the last day alone, and leaves nothing where that had too few events', async () => {
    const { run, clock, windows, events, metric, wait } = site();
    windows.push(...dayOf(clock.now(), 60, 40));
    wait(24 * HOUR_MS);
    await run('evaluation');
    expect(await events()).toEqual([]);
    expect(await metric('too_few_events')).toBe(1);
  });
});

describe('a snapshot', () => {
  it('is asked for when the last one is six hours old and versions have come since', async () => {
    const { run, clock, wishes, snapshot, wait } = site();
    await run('snapshot');
    expect(wishes).toEqual([7]);
    Object.assign(snapshot, { finishedAt: clock.now(), versionEnd: 5 });
    wait(6 * HOUR_MS - 1);
    await run('snapshot');
    expect(wishes).toEqual([7]);
    wait(1);
    await run('snapshot');
    expect(wishes).toEqual([7, 7]);
    snapshot.versionEnd = 7;
    await run('snapshot');
    expect(wishes).toEqual([7, 7]);
  });
});

describe('retention', () => {
  it('deletes candidates whose writer has died, and holds windows and events to their limits', async () => {
    const { parts, run, trims } = site();
    const swept: (readonly [number, readonly string[]])[] = [];
    const candidates = { sweep: (ageMs: number, except: readonly string[]) => (swept.push([ageMs, except]), Promise.resolve(1)) };
    await doJob('retention', policy, { ...parts, candidates });
    expect(swept).toEqual([[24 * HOUR_MS, []]]);
    expect(trims).toEqual([[100_000, 30 * 24 * HOUR_MS]]);
    await run('retention');
    expect(trims).toHaveLength(2);
  });

  it('is each trainer’s own while the queue is away', async () => {
    const { parts, trims, warned } = site();
    const away = { ...parts.maintenance, schedule: () => Promise.reject(new Error('away')) };
    await using started = startService(({ owner, signal }: { owner: Owner; signal: AbortSignal }) => startMaintenance(policy, { ...parts, maintenance: away }, { owner, signal }));
    await started.ready;
    await until('it has been done', () => trims.length > 0);
    expect(warned).toContain('the schedules of maintenance could not be said; tried again');
  });
});

describe('maintenance in a process that begins', () => {
  it('does at once what is due, whatever the time to the next job', async () => {
    const { parts, clock, windows, events, trims, wishes } = site();
    windows.push(...dayOf(clock.now(), 60, 40));
    for (let restart = 0; restart < 2; restart++) {
      const maintenance = memoryMaintenanceQueue(silentLogger);
      await using started = startService(({ owner, signal }: { owner: Owner; signal: AbortSignal }) => startMaintenance(policy, { ...parts, maintenance }, { owner, signal }));
      await started.ready;
      await until('every job has come', async () => trims.length > restart && wishes.length > restart && (await events()).length === 1);
      await maintenance.close();
    }
    expect(await events()).toHaveLength(1);
  });
});
