/**
 * Keeps the lists of this process's answers: a bounded buffer, written in the background.
 *
 * 1. An answer never waits for it and never fails because of it: `add` pushes onto an array, everything else happens elsewhere.
 * 2. What can't be kept is dropped and counted, by why: the buffer is `full`, a write `failed` (its lists are not tried again: whether they
 *    were written may be unknown, and twice would be worse), or the process has `stopped` before they were written.
 * 3. Whether a list is in the sample follows from its name alone, so every process and every reader decides alike.
 * Limits: BUFFER_LISTS and BUFFER_ITEMS wait, BATCH_LISTS go in one write. A killed process takes the waiting lists with it.
 */
import { listIdOf } from '@freshet/shared/domain/list-id';
import { type LoggedItem, type LoggedList, NO_CONTEXT } from '@freshet/shared/domain/recommendations';
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { RecommendationLog } from '@freshet/shared/ports/recommendation-log';
import { labelOf } from '../follow/model-view.js';
import type { ShownList } from '../routes/made-list.js';
import { hashOf } from '../token/hash.js';
import { countShown, type ShownMetrics } from './count.js';

export const BUFFER_LISTS = 10_000;
export const BUFFER_ITEMS = 200_000;
/** A write's JSON is made in one go: some 2 ms. */
export const BATCH_LISTS = 200;

export interface ListLog {
  /** Called in the synchronous block of an answer. `recommendationId`: of a search its `query_id`. */
  add(recommendationId: string, list: ShownList): void;
  /** Writes all that waits; lists that come meanwhile, too. Rejects with the first failure. */
  write(): Promise<void>;
  /** Takes no more lists, and drops those that wait. */
  close(): void;
}

export interface ListLogDeps {
  readonly recommendations: Pick<RecommendationLog, 'append'>;
  readonly metrics: ShownMetrics & Pick<Metrics, 'recommendationLogDropped'>;
  readonly log: Logger;
}

/** Of a list what is kept, and nothing that holds its model's tables. */
interface Waiting extends Omit<LoggedList, 'items'> {
  readonly items: ShownList['items'];
  readonly isDrawn: boolean;
}

/** `sample`: the share of lists that is kept, from 0 to 1. */
export function createListLog(sample: number, { recommendations, metrics, log }: ListLogDeps): ListLog {
  let waiting: Waiting[] = [];
  let items = 0;
  let isClosed = false;
  const droppedFor = (reason: 'full' | 'failed' | 'stopped') => {
    const child = metrics.recommendationLogDropped.labels({ reason });
    // There from the beginning, so that the first one is seen as a change.
    child.inc(0);
    return child;
  };
  const dropped = { full: droppedFor('full'), failed: droppedFor('failed'), stopped: droppedFor('stopped') };
  const most = sample * 2 ** 32;

  const writeBatch = async (): Promise<void> => {
    const batch = waiting.splice(0, BATCH_LISTS);
    for (const list of batch) items -= list.items.length;
    try {
      await recommendations.append(batch.map(loggedOf));
    } catch (thrown) {
      dropped.failed.inc(batch.length);
      log.debug('lists were not kept', { lists: batch.length, error: toError(thrown) });
      throw thrown;
    }
    for (const list of batch) countShown(metrics, list);
  };

  return {
    add(recommendationId, list) {
      if (most === 0) return;
      const name = listIdOf(recommendationId);
      if (sample < 1 && hashOf(name) >= most) return;
      if (isClosed) return dropped.stopped.inc();
      if (waiting.length >= BUFFER_LISTS || items + list.items.length > BUFFER_ITEMS) return dropped.full.inc();
      waiting.push(waitingOf(name, list));
      items += list.items.length;
    },
    async write() {
      while (waiting.length > 0) await writeBatch();
    },
    close() {
      isClosed = true;
      if (waiting.length > 0) dropped.stopped.inc(waiting.length);
      waiting = [];
      items = 0;
    },
  };
}

function waitingOf(name: string, { model, rung, items, asked, skipped, now }: ShownList): Waiting {
  const { context = NO_CONTEXT, method, person, isDrawn } = asked;
  return { name, madeAt: now, person, context, method, rung, version: model.position.version, label: labelOf(model), skipped, items, isDrawn };
}

/** Where chance has no part a place is certain; in a rotated list, or one with exploration, an item without a propensity has none that could be told. */
function loggedOf({ items, isDrawn, ...list }: Waiting): LoggedList {
  const certain = isDrawn ? undefined : 1;
  const loggedItem = ({ id, score, propensity = certain, source, features }: Waiting['items'][number]): LoggedItem => ({ id, score, propensity, source: source ?? list.rung, ...(features && { features }) });
  return { ...list, items: items.map(loggedItem) };
}
