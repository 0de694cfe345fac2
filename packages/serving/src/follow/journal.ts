/**
 * Writes down what happens to the versions that this process answers from. A note is not awaited and never fails who makes it;
 * one that can't be kept is logged.
 */
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { ModelEvent, ModelEvents } from '@freshet/shared/ports/model-events';

export type Note = Omit<ModelEvent, 'replica'>;

export interface Journal {
  note(event: Note): void;
  /** Resolves when everything noted is kept, or given up. */
  settled(): Promise<void>;
}

/** Notes that wait to be kept; more are logged and dropped. */
const WAITING = 100;

export function createJournal(events: Pick<ModelEvents, 'add'>, replica: string, log: Logger): Journal {
  let writing = Promise.resolve();
  let waiting = 0;
  const keep = async (event: Note): Promise<void> => {
    try {
      await events.add({ ...event, replica });
    } catch (thrown) {
      log.warn('an event of the model could not be kept', { ...event, error: toError(thrown).message });
    } finally {
      waiting--;
    }
  };
  return {
    note(event) {
      if (waiting >= WAITING) return log.warn('an event of the model was not kept: too many wait', { ...event });
      waiting++;
      writing = writing.then(() => keep(event));
    },
    settled: () => writing,
  };
}
