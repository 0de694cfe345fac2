/**
 * Maintenance on BullMQ: a job scheduler for each job, whatever BullMQ keeps its jobs in.
 *
 * 1. `schedule` settles within a second, also when the server is gone or hangs; what is scheduled as wished is left as it is.
 * 2. Consumers outlive their server (consumer.ts).
 * 3. A job whose handler rejects is logged each time.
 */
import type { Logger } from '../../logger.js';
import { MAINTENANCE_JOBS, type MaintenanceJob, type MaintenanceQueue } from '../../ports/maintenance-queue.js';
import { MAINTENANCE_POLICY } from '../queue-policy.js';
import type { BackendWorker, BullmqBackend } from './backend.js';
import { serveQueue } from './served-queue.js';

export function bullmqMaintenanceQueue(backend: BullmqBackend, log: Logger): MaintenanceQueue {
  const { producer, consume, close } = serveQueue({ backend, log, label: backend.label, stopDeadlineMs: MAINTENANCE_POLICY.stopDeadlineMs });
  return {
    schedule: (schedules) =>
      producer.run('did not take a schedule', async (queue) => {
        const known = await queue.getJobSchedulers(0, -1);
        // One with another time goes as well: BullMQ would let its next job stand where it was.
        for (const { key, every } of known) if (!schedules.some(({ job, everyMs }) => job === key && everyMs === Number(every))) await queue.removeJobScheduler(key);
        for (const { job, everyMs } of schedules) {
          if (known.some(({ key, every }) => key === job && Number(every) === everyMs)) continue;
          await queue.upsertJobScheduler(job, { every: everyMs }, { name: job });
        }
      }),
    consume: (handler) => consume((running) => createMaintenanceWorker({ backend, log, handler }, running)),
    close,
  };
}

interface WorkerParts {
  readonly backend: BullmqBackend;
  readonly log: Logger;
  readonly handler: (job: MaintenanceJob) => Promise<void>;
}

function createMaintenanceWorker({ backend, log, handler }: WorkerParts, running: Set<Promise<unknown>>): BackendWorker {
  const worker = backend.createWorker(async ({ name }) => {
    const job = MAINTENANCE_JOBS.find((one) => one === name);
    // A job of another release: its scheduler goes with the next wish.
    if (job === undefined) return log.warn(`${backend.label}: ignored a job that this release doesn’t know`, { job: name });
    const run: Promise<void> = handler(job);
    running.add(run);
    return run.finally(() => running.delete(run));
  });
  worker.on('failed', (job, error) => {
    const again = job !== undefined && job.attemptsMade < MAINTENANCE_POLICY.attempts;
    log.warn(again ? 'a maintenance job failed; it is tried again' : 'a maintenance job failed and waits for its next time', { job: job?.name, delivery: job?.attemptsMade, error: error.message });
  });
  return worker;
}
