import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistories } from '@freshet/shared/domain/histories';
import { type EventMeaning, type LogEvent, type UserRef } from '@freshet/shared/domain/event';
import { before, compareMoments, emptyHistory, type History, join, pastItems, remember, SEEN_LIMIT } from '@freshet/shared/domain/history';
import { HISTORY_LENGTH } from '@freshet/shared/domain/model-config';

const meanings: Record<'positive' | 'negative' | 'none', EventMeaning> = {
  positive: { effect: 'positive', weight: 1, group: 2 },
  negative: { effect: 'negative', weight: 2, group: 4 },
  none: { effect: 'none', weight: 0, group: 0 },
};

interface Fact {
  readonly item: string;
  readonly ts: number;
  readonly seq: number;
  readonly index: number;
  readonly effect: keyof typeof meanings;
}

/** Facts with distinct places in the log, as a log has them. */
const facts = (max: number) =>
  fc.uniqueArray(
    fc.record({
      item: fc.integer({ min: 0, max: 30 }).map((n) => `item-${n}`),
      ts: fc.integer({ min: 0, max: 50 }),
      seq: fc.integer({ min: 1, max: 200 }),
      index: fc.integer({ min: 0, max: 3 }),
      effect: fc.constantFrom('positive' as const, 'positive' as const, 'negative' as const, 'none' as const),
    }),
    { maxLength: max, selector: (fact) => `${fact.seq}/${fact.index}` },
  );

function fold(list: readonly Fact[], into: History = emptyHistory()): History {
  for (const fact of list) remember(into, fact, meanings[fact.effect], fact);
  return into;
}

/** Without the order of insertion, which doesn't matter. */
function plain(history: History): unknown {
  return { events: history.events, seen: [...history.seen].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

describe('past items', () => {
  it('are the latest items that stand in none of the pooled events and were not refused', () => {
    fc.assert(
      fc.property(facts(120), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 50 }), (list, limit, ts) => {
        const history = fold(list);
        const moment = { ts, seq: 100, index: 0 };
        const pooled = before(history, moment);
        const expected = [...history.seen]
          .filter(([item, mark]) => !mark.refused && compareMoments(mark, moment) < 0 && !pooled.some((event) => event.item === item))
          .sort(([, a], [, b]) => compareMoments(b, a))
          .map(([item]) => item);
        expect(pastItems(history.seen, pooled, { moment, limit }).map(({ item }) => item)).toEqual(expected.slice(0, limit));
      }),
    );
  });
});

describe('a history', () => {
  it('is the same in whatever order its events come', () => {
    fc.assert(
      fc.property(facts(60).chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))), ([list, shuffled]) => {
        expect(plain(fold(shuffled))).toEqual(plain(fold(list)));
      }),
    );
  });

  it('does not change when events are remembered again', () => {
    fc.assert(
      fc.property(facts(60), (list) => {
        const once = fold(list);
        const expected = structuredClone(plain(once));
        expect(plain(fold(list, once))).toEqual(expected);
      }),
    );
  });

  it('holds the latest positive events, newest first, and no more than its length', () => {
    fc.assert(
      fc.property(facts(80), (list) => {
        const latest = list.filter((fact) => fact.effect === 'positive').sort((a, b) => compareMoments(b, a)).slice(0, HISTORY_LENGTH);
        expect(fold(list).events.map(({ item, ts, seq, index }) => ({ item, ts, seq, index }))).toEqual(latest.map(({ item, ts, seq, index }) => ({ item, ts, seq, index })));
      }),
    );
  });

  it('joined from two parts equals the history of all', () => {
    fc.assert(
      fc.property(facts(60), fc.integer({ min: 0, max: 60 }), (list, cut) => {
        const left = fold(list.slice(0, cut));
        join(left, fold(list.slice(cut)));
        expect(plain(left)).toEqual(plain(fold(list)));
      }),
    );
  });

  it('shows what came before a moment and nothing of it or after', () => {
    fc.assert(
      fc.property(facts(40), (list) => {
        const history = fold(list);
        for (const event of history.events) {
          const earlier = before(history, event);
          expect(earlier.every((past) => compareMoments(past, event) < 0)).toBe(true);
          expect(earlier.length).toBe(history.events.length - history.events.indexOf(event) - 1);
        }
      }),
    );
  });

  it('counts its refusals', () => {
    fc.assert(
      fc.property(facts(60), (list) => {
        const history = fold(list);
        expect(history.refusals).toBe([...history.seen.values()].filter((last) => last.refused).length);
      }),
    );
  });

  it('marks a refused item as refused until it is taken again', () => {
    const history = fold([{ item: 'a', ts: 1, seq: 1, index: 0, effect: 'positive' }, { item: 'a', ts: 2, seq: 2, index: 0, effect: 'negative' }]);
    expect(history.seen.get('a')?.refused).toBe(true);
    expect(history.events).toHaveLength(1);
    fold([{ item: 'a', ts: 3, seq: 3, index: 0, effect: 'positive' }], history);
    expect(history.seen.get('a')?.refused).toBe(false);
  });

  it('forgets the oldest marks beyond its limit', () => {
    const many = Array.from({ length: SEEN_LIMIT + 5 }, (_, n): Fact => ({ item: `item-${n}`, ts: n, seq: n + 1, index: 0, effect: 'positive' }));
    const history = fold(many);
    expect(history.seen.size).toBe(SEEN_LIMIT);
    expect(history.seen.has('item-4')).toBe(false);
    expect(history.seen.has('item-5')).toBe(true);
  });
});

describe('histories', () => {
  const ref = (n: number): UserRef => n.toString(16).padStart(16, '0') as UserRef;
  const event = (user: UserRef, item: string, ts: number, session?: UserRef): LogEvent => ({
    id: `${user}-${ts}`, type: 'view', user, item, ts, ...(session === undefined ? {} : { session }),
  });

  it('give a shopper what the session knew, and send the session’s later events to the shopper', () => {
    const histories = createHistories();
    histories.apply(event(ref(1), 'anonymous', 1), { seq: 1, index: 0 });
    histories.apply(event(ref(2), 'signed-in', 2, ref(1)), { seq: 2, index: 0 });
    histories.apply(event(ref(1), 'late', 3), { seq: 3, index: 0 });
    expect(histories.find(ref(2))?.events.map((past) => past.item)).toEqual(['late', 'signed-in', 'anonymous']);
    expect(histories.find(ref(1))).toBe(histories.find(ref(2)));
  });

  it('name everyone who changed, once', () => {
    const histories = createHistories();
    histories.apply(event(ref(1), 'a', 1), { seq: 1, index: 0 });
    histories.apply(event(ref(1), 'b', 2), { seq: 2, index: 0 });
    expect([...histories.takeDirty()]).toEqual([ref(1)]);
    expect(histories.takeDirty().size).toBe(0);
  });

  it('are unharmed by entries applied again after a checkpoint that was newer than it said', () => {
    const list = Array.from({ length: 30 }, (_, n) => event(ref(n % 3), `item-${n % 7}`, n, n % 5 === 0 ? ref(10 + (n % 3)) : undefined));
    const all = createHistories();
    const again = createHistories();
    list.forEach((one, n) => all.apply(one, { seq: n + 1, index: 0 }));
    list.forEach((one, n) => again.apply(one, { seq: n + 1, index: 0 }));
    list.slice(12).forEach((one, n) => again.apply(one, { seq: n + 13, index: 0 }));
    for (let n = 0; n < 3; n++) expect(plain(again.find(ref(n)) ?? emptyHistory())).toEqual(plain(all.find(ref(n)) ?? emptyHistory()));
  });
});
