/** The fast floors against the definitions written out: every score of every item, sorted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFloors, type FloorEvent } from 'freshet/replay/floors';

const DAY = 86_400_000;
const gain = (rank: number): number => (rank <= 10 ? 1 / Math.log2(rank + 1) : 0);

interface Expected {
  readonly tested: number;
  readonly popularity: readonly number[];
  readonly follow: readonly number[];
}

/** Ranks by the definitions, one event after the other. */
function define(events: readonly FloorEvent[], from: number, noRepeats: boolean): Expected {
  const seen: string[] = [];
  const ranks: { popularity: number[]; follow: number[] } = { popularity: [], follow: [] };
  for (const [n, event] of events.entries()) {
    const before = events.slice(0, n);
    const own = before.filter((other) => other.user === event.user).map((other) => other.item);
    if (n >= from && own.length > 0) {
      const candidates = seen.filter((item) => !noRepeats || !own.includes(item));
      const popularity = (item: string): number => before.filter((other) => other.item === item).reduce((sum, other) => sum + 2 ** ((other.ts - event.ts) / (7 * DAY)), 0);
      const byPopularity = (a: string, b: string): number => popularity(b) - popularity(a) || seen.indexOf(a) - seen.indexOf(b);
      const follow = (item: string): number => countFollow(before, own.at(-1) ?? '', item);
      ranks.popularity.push(rankOf(event.item, candidates.toSorted(byPopularity)));
      ranks.follow.push(rankOf(event.item, candidates.toSorted((a, b) => follow(b) - follow(a) || byPopularity(a, b))));
    }
    if (!seen.includes(event.item)) seen.push(event.item);
  }
  return { tested: ranks.popularity.length, ...ranks };
}

function countFollow(events: readonly FloorEvent[], from: string, to: string): number {
  let sum = 0;
  for (const [n, event] of events.entries()) {
    if (event.item !== to || from === to) continue;
    const recent = events.slice(0, n).filter((other) => other.user === event.user).map((other) => other.item).toReversed().slice(0, 10);
    recent.forEach((item, z) => (sum += item === from ? 1 / (z + 1) : 0));
  }
  return sum;
}

function rankOf(item: string, list: readonly string[]): number {
  const place = list.indexOf(item);
  return place < 0 ? Infinity : place + 1;
}

function mean(ranks: readonly number[], value: (rank: number) => number): number {
  return ranks.length === 0 ? 0 : ranks.reduce((sum, rank) => sum + value(rank), 0) / ranks.length;
}

/** Whole weeks apart, so that equal sums are equal in binary. */
const history = fc.array(fc.record({ user: fc.constantFrom('u', 'v', 'w'), item: fc.nat(15).map((n) => `item ${n}`), weeks: fc.nat(2) }), { maxLength: 60 });

describe('createFloors', () => {
  it('ranks as the definitions do', () => {
    fc.assert(
      fc.property(history, fc.boolean(), (steps, noRepeats) => {
        let ts = Date.UTC(2010, 0, 1);
        const events = steps.map(({ user, item, weeks }): FloorEvent => ({ user, item, ts: (ts += weeks * 7 * DAY) }));
        const from = Math.floor(events.length / 4);
        const floors = createFloors({ noRepeats });
        events.forEach((event, n) => floors.observe(event, n >= from));
        const expected = define(events, from, noRepeats);
        const { tested, popularity, follow } = floors.figures();
        expect(tested).toBe(expected.tested);
        expect(popularity.hr_10).toBeCloseTo(mean(expected.popularity, (rank) => Number(rank <= 10)), 12);
        expect(popularity.ndcg_10).toBeCloseTo(mean(expected.popularity, gain), 12);
        expect(follow.hr_10).toBeCloseTo(mean(expected.follow, (rank) => Number(rank <= 10)), 12);
        expect(follow.ndcg_10).toBeCloseTo(mean(expected.follow, gain), 12);
      }),
      { numRuns: 150 },
    );
  });

  it('still ranks after centuries, where a plain sum of powers would overflow', () => {
    const floors = createFloors({ noRepeats: false });
    for (let n = 0; n < 40; n++) floors.observe({ user: 'u', item: `i${n % 20}`, ts: n * 400 * 365 * DAY }, false);
    floors.observe({ user: 'u', item: 'i19', ts: 40 * 400 * 365 * DAY }, true);
    expect(floors.figures().popularity).toEqual({ hr_10: 1, ndcg_10: 1 });
  });
});
