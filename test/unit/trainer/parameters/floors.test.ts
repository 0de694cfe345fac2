/** The live floors against their definitions written out over the tables, and against a replay's over the same stream. */
import { STAT } from '@freshet/shared/domain/tables';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { randomBelow } from '@freshet/shared/domain/random';
import { DEFAULT_MODEL, MAX_FOLLOWERS } from '@freshet/shared/domain/model-config';
import { createLearner } from '@freshet/trainer/learner/create';
import type { LearnerEvent } from '@freshet/trainer/learner/port';
import fc from 'fast-check';
import { createFloors } from 'freshet/replay/floors';
import { describe, expect, it } from 'vitest';
import { smallLearner } from '../support/small-learner.js';

const ITEMS = 40;
const WEEK = 7 * 86_400;
const START = 1_700_000_000;
type Parameters = ReturnType<typeof smallLearner>['parameters'];

/** The best ten by p_j = week · 2^((lastSeen − START)/7 d), of the eligible rows with an event; ties by row. */
function popular(parameters: Parameters, without: readonly number[] = []): number[] {
  const rows = Array.from({ length: ITEMS }, (_, i) => i + 1).filter((row) => parameters.isEligible(row) && worth(parameters, row) > 0 && !without.includes(row));
  return rows.sort((a, b) => worth(parameters, b) - worth(parameters, a) || a - b).slice(0, 10);
}

function worth(parameters: Parameters, row: number): number {
  const { values } = parameters.read('stat', Uint32Array.of(row));
  return (new Float32Array(values.buffer)[STAT.week] ?? 0) * 2 ** (((values[STAT.lastSeen] ?? 0) - START) / WEEK);
}

function followed(parameters: Parameters, last: number): number[] {
  const cells = Uint32Array.from({ length: MAX_FOLLOWERS }, (_, slot) => last * MAX_FOLLOWERS + slot);
  const { values } = parameters.read('follow', cells);
  const counts = new Float32Array(values.buffer);
  const found = Array.from({ length: MAX_FOLLOWERS }, (_, i) => ({ row: values[2 * i] ?? 0, count: counts[2 * i + 1] ?? 0 })).filter(({ row }) => row > 0 && parameters.isEligible(row));
  found.sort((a, b) => b.count - a.count || worth(parameters, b.row) - worth(parameters, a.row) || a.row - b.row);
  const rows = found.map(({ row }) => row);
  return [...rows, ...popular(parameters, rows)].slice(0, 10);
}

const touches = fc.array(fc.record({ row: fc.integer({ min: 1, max: ITEMS }), after: fc.integer({ min: 0, max: 20 }), user: fc.integer({ min: 1, max: 4 }), next: fc.integer({ min: 1, max: ITEMS }) }), { minLength: 1, maxLength: 300 });

describe('the live floors', () => {
  it('are lists of ten by their definitions, whatever was touched, described and loaded', () => {
    fc.assert(
      fc.property(touches, fc.integer({ min: 0, max: 8 }), (list, described) => {
        const { parameters } = smallLearner({ items: ITEMS, seed: 1, eligible: described, examples: 0 });
        const copy = smallLearner({ items: ITEMS, seed: 2, eligible: 0, examples: 0 }).parameters;
        for (const { row, after, user, next } of list) {
          parameters.touch(row, { seconds: START + after * 86_400, user });
          if (row !== next) parameters.addFollow(row, next, { ms: START * 1_000, weight: 1 });
        }
        const all = Uint32Array.from({ length: ITEMS + 1 }, (_, row) => row);
        const cells = Uint32Array.from({ length: (ITEMS + 1) * MAX_FOLLOWERS }, (_, cell) => cell);
        copy.write('stat', all, parameters.read('stat', all).values);
        copy.write('follow', cells, parameters.read('follow', cells).values);
        const best = popular(parameters);
        for (let target = 1; target <= ITEMS; target++) {
          const last = 1 + ((target * 7) % ITEMS);
          const expected = { popularity: best.includes(target), follow: worth(parameters, target) > 0 && followed(parameters, last).includes(target) };
          expect(parameters.floorHits(target, last)).toEqual(expected);
          expect(copy.floorHits(target, last)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('know nothing any more after the tables were cleared', async () => {
    const { parameters } = smallLearner({ items: ITEMS, seed: 1, examples: 0 });
    parameters.touch(3, { seconds: START, user: 1 });
    expect(parameters.floorHits(3, 1).popularity).toBe(true);
    await parameters.clear();
    parameters.markCatalogued(parameters.allot());
    expect(parameters.floorHits(1, 1)).toEqual({ popularity: false, follow: false });
  });
});

/** Shoppers who go on from the item they had to one of its four neighbours, or to a bestseller. */
function stream(count: number): LearnerEvent[] {
  const last = new Map<number, number>();
  return Array.from({ length: count }, (_, n) => {
    const shopper = randomBelow(60, 7, n, 1);
    const from = last.get(shopper) ?? randomBelow(200, 7, n, 2);
    const to = randomBelow(3, 7, n, 3) > 0 ? (from + 1 + randomBelow(4, 7, n, 4)) % 200 : Math.floor(randomBelow(200, 7, n, 5) ** 2 / 200);
    last.set(shopper, to);
    const event: LogEvent = { id: `e${n}`, type: 'view', user: shopper.toString(16).padStart(16, '0') as UserRef, item: `item-${to}`, ts: START * 1_000 + n * 1_000 };
    return { event, seq: 1 + Math.floor(n / 32), index: n % 32 };
  });
}

describe('beside a learner', () => {
  it('say what a replay’s floors say of the same stream', async () => {
    const events = stream(6_000);
    const replay = createFloors({ noRepeats: false });
    for (const { event } of events) replay.observe({ user: event.user, item: event.item ?? '', ts: event.ts }, true);
    const learner = await createLearner({ model: { ...DEFAULT_MODEL, dim: 16, negatives: 8, replayCapacity: 0, replay: 0 }, threads: 0, engine: 'wasm', maxItems: 300, trustedItems: true });
    const hits = { tested: 0, popularity: 0, follow: 0 };
    for (let at = 0; at < events.length; at += 500) {
      const { ranks } = await learner.round(events.slice(at, at + 500), { evaluate: () => true, floors: true });
      hits.tested += ranks.length;
      for (const { floors } of ranks) {
        hits.popularity += floors?.popularity === true ? 1 : 0;
        hits.follow += floors?.follow === true ? 1 : 0;
      }
    }
    await learner.close();
    const figures = replay.figures();
    expect(hits.tested).toBe(figures.tested);
    expect(figures.follow.hr_10).toBeGreaterThan(2 * figures.popularity.hr_10);
    expect(Math.abs(hits.popularity / hits.tested - figures.popularity.hr_10)).toBeLessThan(0.005);
    expect(Math.abs(hits.follow / hits.tested - figures.follow.hr_10)).toBeLessThan(0.01);
  });
});
