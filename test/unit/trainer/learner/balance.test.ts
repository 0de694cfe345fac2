/** Class balance by sampling: what is drawn and trained follows the formulas, from the buffer as it is, and nothing else changes. */
import { randomBelow } from '@freshet/shared/domain/random';
import { assembleLearner } from '@freshet/trainer/learner/create';
import { type BalanceExponents, createBalance, type ExampleClass } from '@freshet/trainer/learner/balance';
import { buildLearner } from '@freshet/trainer/learner/learner';
import type { Learner, LearnerEvent } from '@freshet/trainer/learner/port';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createReplayBuffer } from '@freshet/trainer/learner/replay-buffer';
import { createFit } from '@freshet/trainer/epochs/fit';
import { RING, SMALL, step } from '../support/cycle.js';
import { smallLearner } from '../support/small-learner.js';

const NONE: BalanceExponents = { typeOversampling: 0, typeUndersampling: 0, itemOversampling: 0, itemUndersampling: 0 };
const DRAWS = 20_000;

function filled(exponents: Partial<BalanceExponents>, examples: readonly ExampleClass[]) {
  const balance = createBalance({ ...NONE, ...exponents });
  examples.forEach((example, place) => balance.keep(place, example));
  return balance;
}

/** Share of the draws by what `classOf` says of the place. */
function shares(balance: ReturnType<typeof filled>, classOf: (place: number) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let k = 0; k < DRAWS; k++) {
    const of = classOf(balance.draw(7, 1, k) ?? -1);
    counts[of] = (counts[of] ?? 0) + 1 / DRAWS;
  }
  return counts;
}

const TYPES: readonly ExampleClass[] = Array.from({ length: 1_000 }, (_, n) => ({ type: n % 100 === 0 ? 'purchase' : n % 10 === 0 ? 'cart' : 'view', target: 1 }));

describe('over-sampling', () => {
  it.each([
    [0, { view: 0.9, cart: 0.09, purchase: 0.01 }],
    [0.5, { view: 0.7034, cart: 0.2224, purchase: 0.0741 }],
    [1, { view: 1 / 3, cart: 1 / 3, purchase: 1 / 3 }],
  ])('draws a type with n^(1 − %d) of the chances', (typeOversampling, expected) => {
    const found = shares(filled({ typeOversampling, itemUndersampling: 1 }, TYPES), (place) => TYPES[place]?.type ?? '');
    for (const [type, share] of Object.entries(expected)) expect(found[type]).toBeCloseTo(share, 1.7);
  });

  it('draws rare items more often, within a factor of four each way', () => {
    // 640 of item 1 and 10 each of 16 others: the mean is 47, so item 1 would lose a factor of 14 and the others gain one of 4.7.
    const examples = Array.from({ length: 800 }, (_, n) => ({ type: 'view', target: n < 640 ? 1 : 2 + (n % 16) }));
    const found = shares(filled({ itemOversampling: 1 }, examples), (place) => (examples[place]?.target === 1 ? 'common' : 'rare'));
    const [common, rare] = [640 / 4, 160 * 4];
    expect(found['common']).toBeCloseTo(common / (common + rare), 1.7);
    const halved = shares(filled({ itemOversampling: 0.5 }, examples), (place) => (examples[place]?.target === 1 ? 'common' : 'rare'));
    expect(halved['common']).toBeCloseTo((640 * Math.sqrt(47 / 640)) / (640 * Math.sqrt(47 / 640) + 160 * Math.sqrt(4.7)), 1.7);
  });

  it('draws only what still stands in the ring, whatever was pushed out of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.record({ type: fc.constantFrom('view', 'cart', 'rate'), target: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 60 }), (capacity, kept) => {
        const balance = createBalance({ typeOversampling: 1, typeUndersampling: 1, itemOversampling: 0.5, itemUndersampling: 0.7 });
        const ring: ExampleClass[] = [];
        kept.forEach((example, n) => {
          balance.keep(n % capacity, example);
          ring[n % capacity] = example;
        });
        const drawn = new Set(Array.from({ length: 400 }, (_, k) => ring[balance.draw(3, 4, k) ?? -1]?.type));
        expect(drawn).toEqual(new Set(ring.map(({ type }) => type)));
        for (const example of ring) {
          const [types, targets] = [new Set(ring.map(({ type }) => type)), new Set(ring.map(({ target }) => target))];
          const [n, m] = [ring.filter(({ type }) => type === example.type).length, ring.filter(({ target }) => target === example.target).length];
          const items = Math.min(4, Math.max(0.25, (ring.length / targets.size / m) ** 0.7));
          expect(balance.chance(example)).toBeCloseTo(Math.min(1, ring.length / types.size / n) * Math.min(1, items), 10);
        }
      }),
    );
  });

  it('draws nothing from nothing', () => {
    const balance = filled({ typeOversampling: 1 }, TYPES);
    balance.clear();
    expect(balance.draw(1, 1, 1)).toBeUndefined();
  });
});

const EVENTS = 3_000;
const ROUND = 30;

/** One event in twenty is a purchase; what is bought are two items of the ring of their own. */
function happened(): LearnerEvent[] {
  return Array.from({ length: EVENTS }, (_, n) => {
    const bought = n % 20 === 7;
    const place = step(n, randomBelow(9, 3, n, 0), bought ? 100 + randomBelow(2, 3, n, 1) : randomBelow(RING, 3, n, 2));
    return { ...place, event: { ...place.event, type: bought ? 'purchase' : 'view' } };
  });
}

const open: Learner[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((learner) => learner.close()));
});

/** Teaches all events; says how many purchases and others were trained, as new ones and from the buffer, and with which weights. */
async function taught(model: Partial<ModelConfig>) {
  const parts = await assembleLearner({ model: { ...SMALL, replayCapacity: 500, ...model }, threads: 0, engine: 'wasm', maxItems: 200, trustedItems: true, publish: 'all' });
  const trained = { fresh: { purchase: 0, view: 0 }, replayed: { purchase: 0, view: 0 } };
  const weights = new Set<string>();
  const { examples } = parts.parameters;
  const learner: Learner = buildLearner({
    ...parts,
    engine: {
      run(round) {
        for (const batch of round.batches) {
          for (const slot of batch.examples) {
            const { target, weight } = examples.read(slot);
            const type = bought.has(target) ? 'purchase' : 'view';
            trained[batch.denseHeld === true ? 'replayed' : 'fresh'][type]++;
            weights.add(`${type} ${weight}`);
          }
        }
        return parts.engine.run(round);
      },
      close: () => parts.engine.close(),
    },
  });
  open.push(learner);
  const bought = new Set<number>();
  parts.vocabulary.add = ((add) => (row, name) => {
    if (name === 'item-100' || name === 'item-101') bought.add(row);
    add(row, name);
  })(parts.vocabulary.add);
  const events = happened();
  for (let at = 0; at < EVENTS; at += ROUND) await learner.round(events.slice(at, at + ROUND));
  const share = ({ purchase, view }: { purchase: number; view: number }): number => purchase / (purchase + view);
  return { learner, cut: learner.cut(), trained, weights, shares: { fresh: share(trained.fresh), replayed: share(trained.replayed) } };
}

describe('a learner', () => {
  it('trains as many purchases as there are without balance, and with over-sampling as many of the replayed ones as views', async () => {
    const plain = await taught({});
    expect(plain.shares.fresh).toBeCloseTo(0.05, 2);
    expect(plain.shares.replayed).toBeCloseTo(0.05, 1.7);
    const over = await taught({ typeOversampling: 1 });
    expect(over.trained.fresh).toEqual(plain.trained.fresh);
    expect(over.shares.replayed).toBeCloseTo(0.5, 1.3);
    expect((await taught({ typeOversampling: 0.5 })).shares.replayed).toBeCloseTo(1 / (1 + Math.sqrt(19)), 1.3);
  });

  it('with under-sampling trains all purchases and about half of the views, and counts and remembers every event', async () => {
    const plain = await taught({});
    const under = await taught({ typeUndersampling: 1 });
    expect(under.trained.fresh.purchase).toBe(plain.trained.fresh.purchase);
    expect(under.trained.fresh.view / plain.trained.fresh.view).toBeCloseTo(0.5 / 0.95, 1.3);
    expect(under.weights).toEqual(plain.weights);
    for (const table of ['stat', 'follow'] as const) expect(under.cut.tables.find((rows) => rows.table === table)).toEqual(plain.cut.tables.find((rows) => rows.table === table));
    for (const { event } of happened().slice(-20)) expect(under.learner.histories().find(event.user)).toEqual(plain.learner.histories().find(event.user));
  });

  it('comes to the same bytes from the same rounds, and to others with another exponent', async () => {
    const balanced = { typeOversampling: 0.5, typeUndersampling: 0.5, itemOversampling: 0.5, itemUndersampling: 0.5 };
    const [one, two, other] = [await taught(balanced), await taught(balanced), await taught({ ...balanced, itemOversampling: 0.25 })];
    expect(two.cut).toEqual(one.cut);
    expect(other.cut).not.toEqual(one.cut);
  });

  it('weighs examples of a built-in type as the settings say', async () => {
    expect((await taught({})).weights).toEqual(new Set(['view 1', 'purchase 5']));
    expect((await taught({ typeWeights: { purchase: 8, view: 0.5 } })).weights).toEqual(new Set(['view 0.5', 'purchase 8']));
  });
});

describe('epochs over a training set', () => {
  /** A buffer with nine views for each purchase; says how many of each an epoch visits, and whether any slot twice. */
  function visited(exponents: Partial<BalanceExponents>, epoch: number) {
    const { parameters, layout } = smallLearner({ items: 20, seed: 1, model: { replayCapacity: 1_000 } });
    const replay = createReplayBuffer(parameters.examples, layout.freshSlots, { ...NONE, ...exponents });
    for (let n = 0; n < 1_000; n++) replay.keep(n % 80, n % 10 === 0 ? 'purchase' : 'view');
    const slots = replay.epoch(3, epoch);
    const places = [...(slots ?? [])].map((slot) => slot - layout.freshSlots);
    return { slots, purchases: places.filter((place) => place % 10 === 0).length, views: places.filter((place) => place % 10 !== 0).length, distinct: new Set(places).size };
  }

  it('visit each example once without balance, and in the first epoch with over-sampling, then types evenly', () => {
    expect(visited({}, 2).slots).toBeUndefined();
    expect(visited({ typeOversampling: 1 }, 1)).toMatchObject({ purchases: 100, views: 900, distinct: 1_000 });
    const later = visited({ typeOversampling: 1 }, 2);
    expect(later.purchases + later.views).toBe(1_000);
    expect(later.purchases / 1_000).toBeCloseTo(0.5, 1);
  });

  it('with under-sampling leave out examples of frequent types, other ones each time', () => {
    const [first, second] = [visited({ typeUndersampling: 1 }, 1), visited({ typeUndersampling: 1 }, 2)];
    for (const { purchases, views, distinct } of [first, second]) {
      expect([purchases, distinct]).toEqual([100, purchases + views]);
      expect(views / 900).toBeCloseTo(500 / 900, 1);
    }
    expect(first.slots).not.toEqual(second.slots);
  });

  it('are what a fit trains on', async () => {
    const fit = await createFit({ model: { ...SMALL, typeUndersampling: 1 }, maxExamples: 5_000, threads: 0, engine: 'wasm', maxItems: 200, trustedItems: true });
    try {
      const events = happened();
      for (let at = 0; at < EVENTS; at += ROUND) await fit.learner.round(events.slice(at, at + ROUND));
      const progress: number[] = [];
      const reports = await fit.train({ epochs: 2, seed: 1, now: 0, onProgress: ({ visited: done, total }) => progress.push(done / total) });
      for (const { examples } of reports) expect(examples / fit.set().examples).toBeCloseTo(0.05 + 0.5, 1);
      expect(progress.at(-1)).toBe(1);
    } finally {
      await fit.close();
    }
  });
});
