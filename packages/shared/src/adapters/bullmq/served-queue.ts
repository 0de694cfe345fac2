/**
 * What every queue on BullMQ has in common: a producer's side, its consumers, and one end.
 *
 * 1. `close` stops the consumers first, then gives up the connections, within a second where the server is gone.
 */
import { withDeadline } from '../../lifecycle.js';
import type { Logger } from '../../logger.js';
import type { Consumer } from '../../ports/job-queue.js';
import type { BackendWorker, BullmqBackend } from './backend.js';
import { startConsumer } from './consumer.js';
import { createProducer } from './producer.js';
import { createErrorReporter, type ErrorReporter } from './report-errors.js';

export interface ServedQueueParts {
  readonly backend: BullmqBackend;
  readonly log: Logger;
  /** For messages: which queue, where. */
  readonly label: string;
  /** How long a consumer waits for its running handlers when it stops. */
  readonly stopDeadlineMs: number;
}

export interface ServedQueue {
  readonly reporter: ErrorReporter;
  readonly producer: ReturnType<typeof createProducer>;
  /** `createWorker`: a worker that does not run yet; its handlers add themselves to `running` while they run. */
  consume(createWorker: (running: Set<Promise<unknown>>) => BackendWorker): Promise<Consumer>;
  close(): Promise<void>;
}

const CUT_MS = 1_000;

export function serveQueue({ backend, log, label, stopDeadlineMs }: ServedQueueParts): ServedQueue {
  const reporter = createErrorReporter(log, label);
  const producer = createProducer(backend, reporter);
  const consumers = new Set<Consumer>();
  return {
    reporter,
    producer,
    consume(createWorker) {
      const consumer = startConsumer({ label, reporter, log, stopDeadlineMs, createWorker });
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
