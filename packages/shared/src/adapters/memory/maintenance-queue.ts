/**
 * Maintenance in memory: for a process that is alone and has no queue server.
 *
 * 1. A schedule ends with the process, so its first job comes at once, as with a queue server that was wiped: a process that is restarted
 *    more often than a job comes does it all the same. Whether anything is due is the handler's to say, by what is stored.
 * 2. A job whose handler rejects is logged and delivered again, with the pauses and as often as everywhere (queue-policy.ts).
 * 3. Of a job one waits at most, besides the one that runs; those that wait for a handler or for another try are the same.
 */
import { FreshetError, toError, UnavailableError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import type { Logger } from '../../logger.js';
import type { MaintenanceJob, MaintenanceQueue } from '../../ports/maintenance-queue.js';
import { MAINTENANCE_POLICY } from '../queue-policy.js';

type Handler = (job: MaintenanceJob) => Promise<void>;

interface Scheduled {
  readonly everyMs: number;
  readonly timer: NodeJS.Timeout;
}

interface State {
  readonly log: Logger;
  readonly timers: Map<MaintenanceJob, Scheduled>;
  /** Jobs that wait, in order, with the number of their delivery. */
  readonly waiting: Map<MaintenanceJob, number>;
  /** Pauses before another delivery. */
  readonly pauses: Map<MaintenanceJob, NodeJS.Timeout>;
  readonly handlers: Set<Handler>;
  running: Promise<void> | undefined;
  closed: boolean;
}

/** Of a timer. */
const MOST_MS = 2 ** 31 - 1;

export function memoryMaintenanceQueue(log: Logger): MaintenanceQueue {
  const state: State = { log, timers: new Map(), waiting: new Map(), pauses: new Map(), handlers: new Set(), running: undefined, closed: false };
  return {
    async schedule(schedules) {
      if (state.closed) throw new UnavailableError('queue_closed', 'the queue has been closed');
      for (const job of state.timers.keys()) if (!schedules.some((one) => one.job === job)) forget(state, job);
      for (const { job, everyMs } of schedules) {
        if (everyMs > MOST_MS) throw new FreshetError('schedule', `a job can come each ${MOST_MS} ms at most`);
        if (state.timers.get(job)?.everyMs === everyMs) continue;
        forget(state, job);
        state.timers.set(job, { everyMs, timer: setInterval(() => come(state, job, 1), everyMs).unref() });
        come(state, job, 1);
      }
    },
    async consume(handler) {
      state.handlers.add(handler);
      setImmediate(dispatch, state);
      return {
        async stop() {
          state.handlers.delete(handler);
          await settled(state);
        },
      };
    },
    async close() {
      state.closed = true;
      for (const job of state.timers.keys()) forget(state, job);
      state.handlers.clear();
      await settled(state);
    },
  };
}

function forget({ timers, waiting, pauses }: State, job: MaintenanceJob): void {
  clearInterval(timers.get(job)?.timer);
  clearTimeout(pauses.get(job));
  for (const jobs of [timers, waiting, pauses]) jobs.delete(job);
}

/** A job that waits already, or for its next delivery, isn't doubled. */
function come(state: State, job: MaintenanceJob, delivery: number): void {
  if (state.waiting.has(job) || state.pauses.has(job)) return;
  state.waiting.set(job, delivery);
  // In a later turn, as with a real queue: the caller's code goes first.
  setImmediate(dispatch, state);
}

function dispatch(state: State): void {
  const [handler] = state.handlers;
  const [next] = state.waiting;
  if (state.running !== undefined || handler === undefined || next === undefined) return;
  const [job, delivery] = next;
  state.waiting.delete(job);
  state.running = deliver(state, handler, { job, delivery }).finally(() => {
    state.running = undefined;
    dispatch(state);
  });
}

async function deliver(state: State, handler: Handler, { job, delivery }: { readonly job: MaintenanceJob; readonly delivery: number }): Promise<void> {
  try {
    await handler(job);
  } catch (thrown) {
    const again = delivery < MAINTENANCE_POLICY.attempts;
    state.log.warn(again ? 'a maintenance job failed; it is tried again' : 'a maintenance job failed and waits for its next time', { job, delivery, error: toError(thrown).message });
    if (again && state.timers.has(job)) deliverLater(state, job, delivery + 1);
  }
}

function deliverLater(state: State, job: MaintenanceJob, delivery: number): void {
  const pause = MAINTENANCE_POLICY.backoffMs * 2 ** (delivery - 2);
  const timer = setTimeout(() => {
    state.pauses.delete(job);
    come(state, job, delivery);
  }, pause).unref();
  state.pauses.set(job, timer);
}

async function settled({ running }: State): Promise<void> {
  await withDeadline(Promise.resolve(running), MAINTENANCE_POLICY.stopDeadlineMs, 'the maintenance handler').catch(() => undefined);
}
