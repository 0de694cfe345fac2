/** What is shown of a queue, whichever it is. */
import type { Metrics } from './metrics.js';
import type { JobCounts } from './ports/job-queue.js';

export function showQueue({ queueJobs, queueOldestWaiting }: Metrics, queue: string, { waiting, active, failed, oldestWaitingAt }: JobCounts): void {
  for (const [state, count] of Object.entries({ waiting, active, failed })) queueJobs.set({ queue, state }, count);
  queueOldestWaiting.set({ queue }, (oldestWaitingAt ?? 0) / 1_000);
}
