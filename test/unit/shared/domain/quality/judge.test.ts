/**
 * Judging a candidate, on a small world that really is learned: shoppers have one of four tastes, and what they take next depends
 * on taste and last item. Models count what followed what, on more or fewer events, on right labels, on shuffled ones or on none.
 */
import { HIT_RANK } from '@freshet/shared/domain/quality/figures';
import { judgeCandidate, type PairedOutcome, type RefusalCode } from '@freshet/shared/domain/quality/judge';
import { randomBelow, randomUnit } from '@freshet/shared/domain/random';
import { describe, expect, it } from 'vitest';

const ITEMS = 200;
const TASTES = 4;

interface Event {
  readonly shopper: number;
  readonly taste: number;
  readonly last: number;
  readonly next: number;
}

/** Popularity falls with the square root of the item's number; half of the events follow taste and last item. */
function world(events: number, seed: number): Event[] {
  const last = new Map<number, number>();
  return Array.from({ length: events }, (_, t) => {
    const shopper = randomBelow(300, seed, t, 0);
    const taste = shopper % TASTES;
    const popular = Math.floor(ITEMS * randomUnit(seed, t, 1) ** 2);
    const from = last.get(shopper) ?? popular;
    const next = randomUnit(seed, t, 2) < 0.5 ? (from * 7 + taste * 31 + randomBelow(3, seed, t, 3)) % ITEMS : popular;
    last.set(shopper, next);
    return { shopper, taste, last: from, next };
  });
}

type Score = (event: Event, item: number) => number;

/** Counts of `next` by key, with popularity for what was never seen. */
function learn(events: readonly Event[], key: (event: Event) => number): Score {
  const counts = new Map<number, number>();
  const popularity = new Float64Array(ITEMS);
  for (const event of events) {
    const at = key(event) * ITEMS + event.next;
    counts.set(at, (counts.get(at) ?? 0) + 1);
    popularity[event.next] = (popularity[event.next] ?? 0) + 1;
  }
  return (event, item) => (counts.get(key(event) * ITEMS + item) ?? 0) + (popularity[item] ?? 0) / (events.length + 1);
}

const byTasteAndLast = ({ taste, last }: Event): number => taste * ITEMS + last;
const byLast = ({ last }: Event): number => last;
const byNothing = (): number => 0;

function rankOf(score: Score, event: Event): number {
  const own = score(event, event.next);
  let rank = 1;
  for (let item = 0; item < ITEMS; item++) if (item !== event.next && score(event, item) >= own) rank++;
  return rank;
}

const TRAIN = world(40_000, 1);
const LAST = world(43_000, 1).slice(40_000);
const serving = learn(TRAIN.slice(20_000), byTasteAndLast);
const popularity = learn(TRAIN, byNothing);
const follow = learn(TRAIN, byLast);

function outcomes(candidate: Score, events: readonly Event[] = LAST): PairedOutcome[] {
  return events.map((event) => ({
    candidate: rankOf(candidate, event),
    serving: rankOf(serving, event),
    popularity: rankOf(popularity, event) <= HIT_RANK,
    follow: rankOf(follow, event) <= HIT_RANK,
    shopper: event.shopper,
  }));
}

function codes(given: readonly PairedOutcome[], options = {}): RefusalCode[] {
  return judgeCandidate(given, { seed: 7, ...options }).refusals.map(({ code }) => code);
}

describe('a candidate', () => {
  it('that has learned from twice as much is promoted, with the figures', () => {
    const judgement = judgeCandidate(outcomes(learn(TRAIN, byTasteAndLast)), { seed: 7 });
    expect(judgement).toMatchObject({ promote: true, refusals: [], events: 3_000 });
    expect(judgement.ndcg.difference.mean).toBeGreaterThan(0);
    expect(judgement.hitRatio.candidate).toBeGreaterThan(judgement.floors.follow);
    expect(judgement).toEqual(judgeCandidate(outcomes(learn(TRAIN, byTasteAndLast)), { seed: 7 }));
  });

  it('that equals the serving model is promoted', () => {
    expect(codes(outcomes(serving))).toEqual([]);
  });

  it('that has learned shuffled labels is refused', () => {
    const shuffled = TRAIN.map((event, i) => ({ ...event, next: TRAIN[randomBelow(TRAIN.length, 3, i, 0)]?.next ?? 0 }));
    expect(codes(outcomes(learn(shuffled, byTasteAndLast)))).toEqual(['worse', 'worse', 'below_popularity', 'below_followers']);
  });

  it('that shows everybody the same list is refused', () => {
    expect(codes(outcomes(popularity))).toEqual(['worse', 'worse', 'below_popularity', 'below_followers']);
    expect(codes(outcomes((_, item) => (item < 10 ? 1 : 0)))).toContain('worse');
  });

  it('that is the followers’ floor itself doesn’t beat it', () => {
    expect(codes(outcomes(follow))).toContain('below_followers');
  });

  it('of which too little is known is refused for that alone', () => {
    expect(codes(outcomes(popularity, LAST.slice(0, 999)))).toEqual(['too_few_events']);
    expect(codes([])).toEqual(['too_few_events']);
  });

  it('that may be much worse is refused until more events tell', () => {
    // Every hundredth hit is lost: 1 % below serving.
    const slightly = outcomes(serving).map((one, i) => (i % 100 === 0 ? { ...one, candidate: 50 } : one));
    expect(codes(slightly, { level: 1e-9, tolerance: 0.05 })).toEqual([]);
    expect(codes(slightly, { level: 1e-9 })).toEqual(['uncertain', 'uncertain']);
    // Ranks dealt out anew: the same on average, so it isn't known to be worse; but nobody can tell to a thousandth.
    const served = outcomes(serving);
    const wild = served.map((one, i) => ({ ...one, candidate: served[(i * 7) % served.length]?.serving ?? 0 }));
    expect(codes(wild, { tolerance: 0.001 })).toEqual(['uncertain', 'uncertain']);
  });

  it('whose lists would jump is refused where that was measured', () => {
    expect(codes(outcomes(serving), { overlap: 0.05 })).toEqual(['unstable']);
    expect(codes(outcomes(serving), { overlap: 0.5 })).toEqual([]);
  });

  it('is told why in a sentence with figures', () => {
    const [first] = judgeCandidate(outcomes(popularity), { seed: 7 }).refusals;
    expect(first?.message).toMatch(/^HR@10 0\.\d{4} against 0\.\d{4} of the serving model, difference -0\.\d{4} … -0\.\d{4}: worse$/);
  });
});
