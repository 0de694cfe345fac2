/**
 * The gate of a refit asks whether probe shoppers' lists would stay: a model of the same shop's events passes, one beside which other facts were
 * learned doesn't, however well it predicts.
 */
import type { EntryBody } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { randomBelow, randomUnit } from '@freshet/shared/domain/random';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { createLearner } from '@freshet/trainer/learner/create';
import { probeOverlap } from '@freshet/trainer/refit/gate';
import { type RefitResult, runRefit } from '@freshet/trainer/refit/refit';
import { startTrainer } from '@freshet/trainer/service';
import { expect, test } from 'vitest';
import { until } from '../../../support/until.js';
import { type Shop, shop } from '../support/shop.js';

const CLUSTERS = 8;
const SIZE = 60;
const SHOPPERS = 120;
const EVENTS = 9_000;
const PAGE = 100;
const GATE = 150;
const LEAST = 0.3;
const options = resolveTrainerOptions({ model: { ...DEFAULT_MODEL, dim: 16, negatives: 32, replayCapacity: 2_000 }, engine: 'wasm', threads: 0, maxItems: 512, minGapMs: 1 });

/** Shoppers of one of eight tastes, who take any item of theirs, some more often than others. `itemOf` says which item is meant by a number. */
function eventsOf(itemOf: (number: number) => number): LogEvent[] {
  return Array.from({ length: EVENTS }, (_, n) => {
    const shopper = randomBelow(SHOPPERS, 1, n, 0);
    const item = (shopper % CLUSTERS) * SIZE + Math.floor(SIZE * randomUnit(1, n, 1) ** 2);
    return { id: `e-${n}`, type: 'view', user: shopper.toString(16).padStart(16, '0') as UserRef, item: `item-${itemOf(item)}`, ts: 1_700_000_000_000 + n * 1_000 };
  });
}

interface Taught {
  /** What the shop's log has. */
  readonly log: readonly LogEvent[];
  /** `full`: the model counts and follows, and learns nothing until a refit. */
  readonly strategy: 'incremental' | 'full';
}

/** A shop, and a model that has learned its log as it came. */
async function learnedShop({ log, strategy }: Taught): Promise<Shop> {
  const one = shop();
  const append = (body: EntryBody, place: number, count: number) =>
    one.deps.entries.append({ body, keys: Array.from({ length: count }, (_, n) => ({ id: eventKey('gate', `${place}-${n}`), body: bodyHash('') })), source: 'test', receivedAt: 1_700_000_000_000 + place, historical: false });
  const items = Array.from({ length: CLUSTERS * SIZE }, (_, n) => ({ op: 'put' as const, id: `item-${n}`, fields: {} }));
  await append({ kind: 'catalogue', changes: items }, 0, items.length);
  for (let from = 0; from < log.length; from += PAGE) await append({ kind: 'events', events: log.slice(from, from + PAGE) }, from + 1, PAGE);
  await using trainer = startTrainer({ ...options, refit: { ...options.refit, strategy }, maxRoundEvents: PAGE }, one.deps);
  const head = await one.deps.entries.head();
  await until('all is learned', () => trainer.status().applied >= head, 60_000);
  return one;
}

const hooks = { signal: new AbortController().signal, progress: () => undefined };

/** Learns the log of one shop beside the model of the other one. */
const refit = (log: Shop, served: Shop, leastOverlap: number): Promise<RefitResult> =>
  runRefit({ ...options, leastOverlap }, { epochs: 4, gate: GATE }, { ...hooks, stores: { ...log.deps, deltas: served.deps.deltas, snapshots: served.deps.snapshots } });

/** Hits of the log's last `tail` entries by a model that has only counted, as the live one with the strategy `full`. */
async function hitsWhenHeld({ deps }: Shop, tail: number): Promise<number> {
  await using learner = Object.assign(await createLearner({ ...options, trustedItems: false, hold: true }), { [Symbol.asyncDispose]: () => learner.close() });
  const entries = await deps.entries.read(0, 1_000_000);
  const ranks: number[] = [];
  for (const [place, entry] of entries.entries()) ranks.push(...(await learner.learn([entry], { evaluate: () => place >= entries.length - tail })).ranks.map(({ rank }) => rank));
  return ranks.filter((rank) => rank <= 10).length / ranks.length;
}

test('with full the gate’s serving model stands still as the live one does: its figure is the live one’s, and a refit that beats it passes', async () => {
  const held = await learnedShop({ log: eventsOf((item) => item), strategy: 'full' });
  const gate = 1_500;
  const judged = (strategy: 'full' | 'hybrid') => runRefit({ ...options, refit: { strategy }, leastOverlap: 0 }, { epochs: 1, gate }, { ...hooks, stores: held.deps });
  const full = await judged('full');
  const live = await hitsWhenHeld(held, (3 * gate) / PAGE);
  expect(live).toBeLessThan(0.2);
  expect(full.report.gate?.serving.hr_10).toBeCloseTo(live, 3);
  expect(full.report.gate?.candidate.hr_10).toBeGreaterThan(0.3);
  expect(full).toMatchObject({ made: true });
  // Where the live model learns on, so does the gate's.
  expect((await judged('hybrid')).report.gate?.serving.hr_10).toBeGreaterThan(0.3);
}, 120_000);

test('a refit of the shop’s log passes; a model of other tastes is refused as unstable however well it predicts, unless any lists will do', async () => {
  const tastes = eventsOf((item) => item);
  // Item 7 k mod n stands where k stood, so that each taste is spread over all others.
  const others = eventsOf((item) => (item * 7) % (CLUSTERS * SIZE));
  const held = await learnedShop({ log: tastes, strategy: 'full' });
  const strange = await learnedShop({ log: others, strategy: 'incremental' });
  const real = await refit(held, held, LEAST);
  expect(real.report.gate?.overlap).toBeGreaterThan(0.4);
  expect(real).toMatchObject({ made: true });
  const unrelated = await refit(held, strange, LEAST);
  expect(unrelated.report.gate?.overlap).toBeLessThan(0.3);
  expect(unrelated).toMatchObject({ made: false, refused: expect.stringMatching(/^unstable: only 0\.\d{4} of the probes’ lists would stay, 0\.3000 must$/) as unknown });
  expect(await refit(held, strange, 0)).toMatchObject({ made: true });
}, 120_000);

test('probes’ lists are the same under the same model, and fewer than five probes are no measurement', async () => {
  await using learner = Object.assign(await createLearner({ ...options, trustedItems: true }), { [Symbol.asyncDispose]: () => learner.close() });
  const events = eventsOf((item) => item).slice(0, 2_000);
  const few = events.filter(({ user }) => Number.parseInt(user, 16) < 4);
  const round = (some: readonly LogEvent[], seq: number) => learner.round(some.map((event, index) => ({ event, seq, index })));
  await round(few, 1);
  expect(await probeOverlap(learner, learner, 1)).toBeUndefined();
  for (let from = 0; from < events.length; from += 32) await round(events.slice(from, from + 32), 2 + from);
  expect(await probeOverlap(learner, learner, 1)).toBe(1);
  await using stranger = Object.assign(await createLearner({ ...options, model: { ...options.model, seed: 99 }, trustedItems: true }), { [Symbol.asyncDispose]: () => stranger.close() });
  stranger.adopt(learner.histories());
  expect(await probeOverlap(learner, stranger, 1)).toBeUndefined();
});
