/**
 * The model as it was last published: what a shop would serve that publishes now and then, while the learner goes on learning.
 *
 * For each interval a second learner in its own memory gets every row that the first one has moved since. It never learns.
 * 1. Stale is all that is learned or counted: item rows, biases, dense weights, follow counts, statistics, and which items exist at all. An item that
 *    came since is ranked nowhere (a miss) and is no part of a history.
 * 2. A shopper's own history is live, as in Freshet; with `staleHistories` it, too, is as of the publication, and a shopper who had none then gets
 *    no list (a miss).
 * 3. Publications are at multiples of the interval since the first event, taken at the next round's begin: up to a round's events late.
 */
import type { VocabularyEntry } from '@freshet/shared/codec/delta';
import { TABLES, type TableName } from '@freshet/shared/domain/tables';
import type { LearnerEvent, PublishedLearner, ReplayLearner } from './learner-port.js';
import { createMetrics, type Figures } from './metrics.js';
import type { Interval } from './options.js';

export interface PublishedFigures extends Pick<Figures, 'hr_10' | 'ndcg_10' | 'hr_20' | 'mrr_20'> {
  /** As `--publish-every` has it. */
  readonly every: string;
  readonly publications: number;
}

export interface PublishedCopies {
  /** Publishes what is due, then ranks a round's events before the learner learns them: each copy's ranks, by position in the round. */
  rank(round: readonly LearnerEvent[], options: { readonly evaluate: (event: LearnerEvent) => boolean; readonly excludeSeen: boolean }): readonly ReadonlyMap<number, number>[];
  /** These events of the round are tested (by their position): their ranks count, a miss where a copy had none. */
  count(tested: readonly number[]): void;
  figures(): PublishedFigures[];
}

export interface PublishedCopy {
  readonly every: Interval;
  readonly copy: PublishedLearner;
}

export function createPublished(learner: Pick<ReplayLearner, 'cut' | 'read'>, copies: readonly PublishedCopy[], staleHistories: boolean): PublishedCopies {
  const states = copies.map(createState);
  let first: number | undefined;

  const publish = (state: State, now: number, since: number): void => {
    for (const { row, name, table } of state.names.splice(0)) state.copy.sink.name(row, name, table);
    for (const table of TABLES) {
      const ids = state.moved[table].take();
      if (ids.length > 0) state.copy.sink.write(table, ids, learner.read(table, ids).values);
    }
    state.copy.examine(state.unseen.splice(0), { evaluate: () => false });
    state.publications++;
    state.next = since + (Math.floor((now - since) / state.every.ms) + 1) * state.every.ms;
  };

  return {
    rank(round, options) {
      const now = round[0]?.event.ts ?? 0;
      first ??= now;
      const due = states.filter(({ next }) => now >= next);
      if (due.length > 0) {
        const { vocabulary, tables } = learner.cut();
        for (const state of states) {
          state.names.push(...vocabulary);
          for (const { table, ids } of tables) state.moved[table].add(ids);
        }
      }
      for (const state of due) publish(state, now, first);
      for (const state of states) {
        const shown = state.copy.examine(round, { ...options, remember: !staleHistories });
        state.shown = new Map(shown.map(({ index, rank }) => [index, rank]));
        if (staleHistories) state.unseen.push(...round);
      }
      return states.map(({ shown }) => shown);
    },
    count(tested) {
      for (const { metrics, shown } of states) for (const index of tested) metrics.add(shown.get(index) ?? Number.POSITIVE_INFINITY);
    },
    figures: () =>
      states.map(({ every, publications, metrics }) => {
        const { hr_10, ndcg_10, hr_20, mrr_20 } = metrics.figures(0);
        return { every: every.text, publications, hr_10, ndcg_10, hr_20, mrr_20 };
      }),
  };
}

interface State extends PublishedCopy {
  /** The next publication is due at it. */
  next: number;
  publications: number;
  /** Since the copy's last publication. */
  readonly names: VocabularyEntry[];
  readonly moved: Readonly<Record<TableName, IdSet>>;
  /** Events that wait for it, where histories do. */
  readonly unseen: LearnerEvent[];
  readonly metrics: ReturnType<typeof createMetrics>;
  /** Ranks of the round's events, by their position. */
  shown: ReadonlyMap<number, number>;
}

function createState({ every, copy }: PublishedCopy): State {
  const moved = { item: createIdSet(), stat: createIdSet(), follow: createIdSet(), dense: createIdSet(), word: createIdSet(), user: createIdSet(), rating: createIdSet() };
  return { every, copy, next: Number.NEGATIVE_INFINITY, publications: 0, names: [], moved, unseen: [], metrics: createMetrics(), shown: new Map() };
}

interface IdSet {
  add(ids: Uint32Array): void;
  /** Empties it. */
  take(): Uint32Array;
}

/** Marks by id: thousands of rows come with each cut, mostly the same ones. */
function createIdSet(): IdSet {
  let marks = new Uint8Array(1_024);
  let held: number[] = [];
  return {
    add(ids) {
      for (const id of ids) {
        if (id >= marks.length) {
          const larger = new Uint8Array(2 * (id + 1));
          larger.set(marks);
          marks = larger;
        }
        if (marks[id] === 0) held.push(id);
        marks[id] = 1;
      }
    },
    take() {
      const ids = Uint32Array.from(held);
      for (const id of ids) marks[id] = 0;
      held = [];
      return ids;
    },
  };
}
