/**
 * Maintenance on BullMQ: a job scheduler for each job, whatever BullMQ keeps its jobs in.
 *
 * 1. `schedule` settles within a second, also when the server is gone or hangs; what is scheduled as wished is left as it is.
 * 2. Consumers outlive their server (consumer.ts).
 */
import { withDeadline } from '../../lifecycle.js';
import type { Logger } from '../../logger.js';
import type { Consumer } from '../../ports/job-queue.js';
import { MAINTENANCE_JOBS, type MaintenanceQueue } from '../../ports/maintenance-queue.js';
import { MAINTENANCE_POLICY } from '../queue-policy.js';
import type { BackendWorker, BullmqBackend } from './backend.js';
import { startConsumer } from './consumer.js';
import { createProducer } from './producer.js';
import { createErrorReporter } from './report-errors.js';

const CUT_MS = 1_000;

export function bullmqMaintenanceQueue(backend: BullmqBackend, log: Logger): MaintenanceQueue {
  const reporter = createErrorReporter(log, backend.label);
  const producer = createProducer(backend, reporter);
  const consumers = new Set<Consumer>();
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
    consume(handler) {
      const createWorker = (running: Set<Promise<unknown>>): BackendWorker =>
        backend.createWorker(async ({ name }) => {
          const job = MAINTENANCE_JOBS.find((one) => one === name);
          // A job of another release: its scheduler goes with the next wish.
          if (job === undefined) return log.warn(`${backend.label}: ignored a job that this release doesn’t know`, { job: name });
          const run: Promise<void> = handler(job);
          running.add(run);
          return run.finally(() => running.delete(run));
        });
      const consumer = startConsumer({ label: backend.label, reporter, log, stopDeadlineMs: MAINTENANCE_POLICY.stopDeadlineMs, createWorker });
      consumers.add(consumer);
      return Promise.resolve(consumer);
    },
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await producer.close();
      await withDeadline(backend.close(), CUT_MS, backend.label).catch(reporter.report);
    },
  };
}

