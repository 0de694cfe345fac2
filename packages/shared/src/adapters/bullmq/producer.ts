/**
 * The sending side: one BullMQ queue, made at first use and made again when it could not connect, and a deadline on
 * every call.
 */
import { FreshetError, toError, UnavailableError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import { QUEUE_POLICY } from '../queue-policy.js';
import type { BackendQueue, BullmqBackend } from './backend.js';
import type { ErrorReporter } from './report-errors.js';

export interface Producer {
  /** Runs `work`; rejects with an `UnavailableError` that says what the server did not do. */
  run<T>(refusal: string, work: (queue: BackendQueue) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const CLOSE_MS = 1_000;

export function createProducer(backend: BullmqBackend, reporter: ErrorReporter): Producer {
  let queue: BackendQueue | undefined;
  let closed = false;

  const drop = async (broken: BackendQueue): Promise<void> => {
    if (queue === broken) queue = undefined;
    await withDeadline(Promise.allSettled([broken.close()]), CLOSE_MS, backend.label).catch(() => broken.disconnect().catch(reporter.report));
  };
  const current = (): BackendQueue => {
    if (queue !== undefined) return queue;
    const created = backend.createQueue();
    queue = created;
    created.on('error', reporter.report);
    // BullMQ remembers a failed first connection for ever: the next call makes a new one.
    created.waitUntilReady().catch(() => drop(created));
    return created;
  };

  return {
    async run(refusal, work) {
      if (closed) throw new UnavailableError('queue_closed', 'the queue has been closed');
      try {
        const call = backend.whenConnected().then(() => work(current()));
        const result = await withDeadline(call, QUEUE_POLICY.addDeadlineMs, backend.label);
        reporter.recovered();
        return result;
      } catch (thrown) {
        throw unavailable(`${backend.label} ${refusal}`, toError(thrown));
      }
    },
    async close() {
      closed = true;
      if (queue !== undefined) await drop(queue);
    },
  };
}

function unavailable(sentence: string, cause: Error): UnavailableError {
  const late = cause instanceof FreshetError && cause.code === 'deadline_exceeded';
  const reason = late ? `no answer within ${QUEUE_POLICY.addDeadlineMs} ms` : cause.message;
  return new UnavailableError('queue_unavailable', `${sentence}: ${reason}`, { cause });
}
