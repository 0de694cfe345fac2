/**
 * The model as it was last published: what ranks in a replay with `--publish-every`, while the learner goes on learning.
 *
 * A second learner in its own memory gets the first one's cuts, every row that moved. It never learns.
 * 1. Stale is all that is learned or counted: item rows, biases, dense weights, follow counts, statistics, and which items exist at all. An item that came since is
 *    ranked nowhere (a miss) and is no part of a history.
 * 2. A shopper's own history is live, as in Freshet; with `staleHistories` it, too, is as of the publication, and a shopper who
 *    had none then gets no list (a miss).
 * 3. Publications are at multiples of the interval since the first event, taken at the next round's begin: up to a round's 32 events late.
 */
import type { LearnerEvent, PublishedLearner, ReplayLearner } from './learner-port.js';

export interface Shown {
  readonly rank: number;
  readonly top?: readonly string[];
}

export interface PublishedModel {
  /** Ranks a round's events before the learner learns them; by their position in the round. */
  show(round: readonly LearnerEvent[], options: ShowOptions): ReadonlyMap<number, Shown>;
  readonly publications: number;
}

export interface ShowOptions {
  readonly evaluate: (event: LearnerEvent) => boolean;
  readonly excludeSeen: boolean;
  readonly collectTop?: number;
}

export interface PublishedOptions {
  readonly everyMs: number;
  readonly staleHistories: boolean;
}

export function createPublished(learner: Pick<ReplayLearner, 'cut'>, copy: PublishedLearner, { everyMs, staleHistories }: PublishedOptions): PublishedModel {
  let first: number | undefined;
  let next = Number.NEGATIVE_INFINITY;
  let publications = 0;
  /** Since the publication, where histories wait for the next one. */
  let unseen: LearnerEvent[] = [];

  const publish = (): void => {
    const { vocabulary, tables } = learner.cut();
    for (const { row, name } of vocabulary) copy.sink.name(row, name);
    for (const { table, ids, values } of tables) copy.sink.write(table, ids, values);
    copy.examine(unseen, { evaluate: () => false });
    unseen = [];
    publications++;
  };

  return {
    show(round, options) {
      const now = round[0]?.event.ts ?? 0;
      first ??= now;
      if (now >= next) {
        publish();
        next = first + (Math.floor((now - first) / everyMs) + 1) * everyMs;
      }
      const shown = copy.examine(round, { ...options, remember: !staleHistories });
      if (staleHistories) unseen.push(...round);
      return new Map(shown.map(({ index, ...one }) => [index, one]));
    },
    get publications() {
      return publications;
    },
  };
}
