/** Maintenance in memory: for a process that is alone and has no queue server. Schedules end with the process. */
import { FreshetError, UnavailableError } from '../../errors.js';
import type { MaintenanceJob, MaintenanceQueue } from '../../ports/maintenance-queue.js';

export function memoryMaintenanceQueue(): MaintenanceQueue {
  const timers = new Map<MaintenanceJob, { readonly everyMs: number; readonly timer: NodeJS.Timeout }>();
  const handlers = new Set<(job: MaintenanceJob) => Promise<void>>();
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  const run = (job: MaintenanceJob): void => {
    const [handler] = handlers;
    if (handler !== undefined) running = running.then(() => handler(job)).catch(() => undefined);
  };
  const clear = (job: MaintenanceJob): void => {
    clearInterval(timers.get(job)?.timer);
    timers.delete(job);
  };
  return {
    async schedule(schedules) {
      if (closed) throw new UnavailableError('queue_closed', 'the queue has been closed');
      for (const job of timers.keys()) if (!schedules.some((one) => one.job === job)) clear(job);
      for (const { job, everyMs } of schedules) {
        if (everyMs > MOST_MS) throw new FreshetError('schedule', `a job can come each ${MOST_MS} ms at most`);
        if (timers.get(job)?.everyMs === everyMs) continue;
        clear(job);
        timers.set(job, { everyMs, timer: setInterval(() => run(job), everyMs).unref() });
      }
    },
    async consume(handler) {
      handlers.add(handler);
      return {
        async stop() {
          handlers.delete(handler);
          await running;
        },
      };
    },
    async close() {
      closed = true;
      for (const job of timers.keys()) clear(job);
      handlers.clear();
      await running;
    },
  };
}

/** Of a timer. */
const MOST_MS = 2 ** 31 - 1;
