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
        const { context, rung, label, version } = found.list;
        const key = [context, rung, label].join(' ');
        const { paid = 0, paidBack = 0, ...before } = joined.get(key) ?? {};
        const { clicks, carts, purchases, revenue } = addCounts({ ...NOTHING, ...before }, countsOf(one));
        joined.set(key, { context, rung, label, clicks, carts, purchases, paid: paid + Math.max(0, revenue), paidBack: paidBack + Math.max(0, -revenue) });
        sums.push({ ...keyOf(found.list, found.source), ...countsOf(one), versionFrom: version, versionTo: version });
      }
      return Promise.resolve([...joined.keys()].sort().flatMap((key) => joined.get(key) ?? []));
    },
    outcomes({ by, from, to, limit }) {
      const groups = new Map<string, Outcome>();
      for (const sum of sums.filter(({ hour }) => hour >= from && hour < to)) {
        const { group, label } = groupOf(sum, by);
        const key = [group, label].join(' ');
        const before = groups.get(key) ?? { ...NOTHING, versionFrom: sum.versionFrom, versionTo: sum.versionTo };
        groups.set(key, {
          ...addCounts(before, sum), group, ...(label && { label }), versionFrom: Math.min(before.versionFrom, sum.versionFrom), versionTo: Math.max(before.versionTo, sum.versionTo),
        });
      }
      const ranked = [...groups].sort(([nameA, a], [nameB, b]) => rank(b, by) - rank(a, by) || (nameA < nameB ? -1 : 1));
      return Promise.resolve(ranked.slice(0, limit).map(([, outcome]) => outcome));
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

function groupOf(sum: OutcomeSum, by: OutcomeGroup): Pick<Outcome, 'group' | 'label'> {
  return by === 'version' ? { group: String(sum.versions), label: sum.label } : { group: sum[by] };
}

function rank(outcome: Outcome, by: OutcomeGroup): number {
  if (by === 'version') return outcome.versionTo;
  return by === 'source' ? outcome.items : outcome.lists;
}
