/** The recommendation log in memory: for unit tests. Ages go by a clock that the test owns. */
import { addCounts, countsOf, type Feedback, HOUR_MS, isInTime, keyOf, type LoggedList, NOTHING, type OutcomeSum, sumShown } from '../../domain/recommendations.js';
import type { Clock } from '../../ports/clock.js';
import type { JoinedFeedback, Outcome, OutcomeGroup, OwnedRecommendationLog } from '../../ports/recommendation-log.js';
import { OUTCOME_DAYS } from '../../ports/recommendation-log.js';

export interface MemoryRecommendationLog extends OwnedRecommendationLog {
  /** Oldest first. */
  readonly lists: () => readonly LoggedList[];
  /** Places of the list, from 1, that something came of. */
  readonly taken: (list: LoggedList) => readonly number[];
}

export function memoryRecommendationLog(clock: Pick<Clock, 'now'>): MemoryRecommendationLog {
  let lists: LoggedList[] = [];
  let sums: OutcomeSum[] = [];
  const seen = new Set<string>();
  const taken = new Map<LoggedList, Set<number>>();
  let place = 0;
  let isOwned = false;

  /** The list it counts for, and the item's source; undefined when it doesn't, or has been counted. */
  const attribute = (one: Feedback): { readonly list: LoggedList; readonly source: string } | undefined => {
    const list = lists.find(({ name }) => name === one.list);
    const item = list?.items.find(({ id }) => id === one.item);
    if (list === undefined || item === undefined || !isInTime(one, list)) return undefined;
    const mark = [list.name, item.id, one.kind, ...(one.kind === 'purchase' ? [one.seq, one.index] : [])].join('\0');
    if (seen.has(mark)) return undefined;
    seen.add(mark);
    if (one.revenue >= 0) taken.set(list, (taken.get(list) ?? new Set()).add(1 + list.items.indexOf(item)));
    return { list, source: item.source };
  };

  return {
    lists: () => lists,
    taken: (list) => [...(taken.get(list) ?? [])].sort((a, b) => a - b),
    append(more) {
      lists.push(...more);
      sums.push(...sumShown(more));
      return Promise.resolve();
    },
    joined: () => Promise.resolve(place),
    join({ after, upTo }, feedback) {
      if (after !== place) return Promise.resolve(undefined);
      place = upTo;
      const joined = new Map<string, JoinedFeedback>();
      for (const one of feedback) {
        const found = attribute(one);
        if (found === undefined) continue;
        const { context, version } = found.list;
        const { clicks, carts, purchases, revenue } = addCounts({ ...NOTHING, ...joined.get(context) }, countsOf(one));
        joined.set(context, { context, clicks, carts, purchases, revenue });
        sums.push({ ...keyOf(found.list, found.source), ...countsOf(one), versionFrom: version, versionTo: version });
      }
      return Promise.resolve([...joined.values()]);
    },
    outcomes({ by, from, to, limit }) {
      const groups = new Map<string, Outcome>();
      for (const sum of sums.filter(({ hour }) => hour >= from && hour < to)) {
        const group = groupOf(sum, by);
        const before = groups.get(group) ?? { ...NOTHING, group, versionFrom: sum.versionFrom, versionTo: sum.versionTo, pinned: true };
        groups.set(group, {
          ...addCounts(before, sum), group, versionFrom: Math.min(before.versionFrom, sum.versionFrom), versionTo: Math.max(before.versionTo, sum.versionTo), pinned: before.pinned && sum.pinned,
        });
      }
      return Promise.resolve([...groups.values()].sort((a, b) => rank(b, by) - rank(a, by) || (a.group < b.group ? -1 : 1)).slice(0, limit));
    },
    tend({ maxLists, maxAgeMs }) {
      const before = lists.length;
      lists = lists.slice(-maxLists).filter(({ madeAt }) => madeAt >= clock.now() - maxAgeMs);
      sums = sums.filter(({ hour }) => hour >= Math.floor(clock.now() / HOUR_MS) - OUTCOME_DAYS * 24);
      return Promise.resolve(before - lists.length);
    },
    tryOwn() {
      if (isOwned) return Promise.resolve(undefined);
      isOwned = true;
      return Promise.resolve({ lost: new AbortController().signal, release: () => Promise.resolve(void (isOwned = false)) });
    },
  };
}

function groupOf(sum: OutcomeSum, by: OutcomeGroup): string {
  return by === 'version' ? `${sum.versions}${sum.pinned ? ' pinned' : ''}` : sum[by];
}

function rank(outcome: Outcome, by: OutcomeGroup): number {
  if (by === 'version') return outcome.versionTo;
  return by === 'source' ? outcome.items : outcome.lists;
}
