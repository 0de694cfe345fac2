/** The compute budget on made load curves: a trainer that is simulated, with time that is counted and never waited for. */
import type { RoundSizes } from '@freshet/shared/codec/delta';
import { type Budget, budgetOf, createBudget } from '@freshet/trainer/budget/budget';
import { describe, expect, it } from 'vitest';

const MODEL: RoundSizes = { replay: 1, negatives: 256 };
const LEAST: RoundSizes = { replay: 0, negatives: 64 };
const MOST_EVENTS = 4_096;
const GAP_MS = 20;

interface Plant {
  /** Events a second at a moment, in milliseconds. */
  readonly rate: (ms: number) => number;
  readonly seconds: number;
  /** Events learned a second with the model's sizes. */
  readonly speed: number;
  /** What a round takes that isn't training. */
  readonly otherMs?: number;
  readonly historical?: boolean;
}

interface Step {
  readonly at: number;
  readonly sizes: RoundSizes;
  readonly lagMs: number;
  readonly waiting: number;
}

/** Rounds take what waits, up to their limit; training time is as the sizes are; what is left of the gap is slept. */
function simulate(budget: Budget, { rate, seconds, speed, otherMs = 2, historical = false }: Plant): Step[] {
  const steps: Step[] = [];
  let [now, waiting, oldest, arrivedUpTo, carry] = [0, 0, 0, 0, 0];
  while (now < 1_000 * seconds) {
    for (; arrivedUpTo < now; arrivedUpTo++) {
      carry += rate(arrivedUpTo) / 1_000;
      if (waiting === 0) oldest = arrivedUpTo;
      waiting += Math.floor(carry);
      carry %= 1;
    }
    const taken = Math.min(MOST_EVENTS, waiting);
    const sizes = budget.sizes() ?? MODEL;
    const cost = ((1 + sizes.replay) * (sizes.negatives + 384)) / ((1 + MODEL.replay) * (MODEL.negatives + 384));
    const began = now;
    const trainedMs = 0.5 + (1_000 * taken * cost) / speed;
    now += trainedMs;
    const lagMs = now - oldest;
    if (taken > 0) budget.observe({ at: now, trainedMs, full: taken >= MOST_EVENTS, lagMs: historical ? undefined : lagMs });
    steps.push({ at: now, sizes, lagMs: taken > 0 ? lagMs : 0, waiting });
    // Arrivals are even, so the oldest of what is left came when as many as were taken had come.
    oldest = waiting > taken ? oldest + ((now - oldest) * taken) / waiting : now;
    waiting -= taken;
    now = Math.max(now + otherMs, began + GAP_MS);
  }
  return steps;
}

const least = (steps: readonly Step[], size: keyof RoundSizes): number => Math.min(...steps.map(({ sizes }) => sizes[size]));
const changes = (steps: readonly Step[]): number => steps.filter(({ sizes }, at) => at > 0 && (sizes.replay !== steps[at - 1]?.sizes.replay || sizes.negatives !== steps[at - 1]?.sizes.negatives)).length;
const between = (steps: readonly Step[], from: number, to: number): Step[] => steps.filter(({ at }) => at >= 1_000 * from && at < 1_000 * to);

describe('the budget', () => {
  it('leaves a shop alone that keeps up', () => {
    const steps = simulate(createBudget(MODEL, LEAST), { rate: () => 3_000, seconds: 60, speed: 10_000 });
    expect(changes(steps)).toBe(0);
  });

  it('sheds replay first, then negatives, in a burst, and gives both back in the reverse order when it is over', () => {
    const burst = (ms: number): number => (ms > 5_000 && ms < 15_000 ? 22_000 : 1_000);
    const steps = simulate(createBudget(MODEL, LEAST), { rate: burst, seconds: 90, speed: 10_000 });
    expect(changes(between(steps, 0, 5))).toBe(0);
    expect(least(between(steps, 5, 16), 'replay')).toBe(0);
    expect(least(between(steps, 5, 16), 'negatives')).toBe(64);
    for (const { sizes } of steps) if (sizes.negatives < 256) expect(sizes.replay).toBe(0);
    expect(steps.at(-1)?.sizes).toEqual(MODEL);
  });

  it('sheds no negatives where shedding replay is enough', () => {
    const steps = simulate(createBudget(MODEL, LEAST), { rate: (ms) => (ms > 5_000 ? 13_000 : 1_000), seconds: 60, speed: 10_000 });
    expect(least(steps, 'replay')).toBeLessThan(1);
    expect(least(steps, 'negatives')).toBe(256);
    expect(Math.max(...between(steps, 20, 60).map(({ lagMs }) => lagMs))).toBeLessThan(400);
  });

  it('drains a backlog in less than two thirds of the time that fixed sizes take', () => {
    const load = { rate: (ms: number) => (ms < 1_000 ? 200_000 : 1_000), speed: 10_000, seconds: 60 };
    const drained = (budget: Budget): number => simulate(budget, load).find(({ at, waiting }) => at > 1_500 && waiting < 200)?.at ?? Infinity;
    expect(drained(createBudget(MODEL, LEAST))).toBeLessThan((2 / 3) * drained(budgetOf({ model: MODEL, budget: 'fixed' })));
  });

  it.each([6_000, 8_000, 9_500, 11_000, 13_000, 16_000, 19_000, 24_000, 40_000])('comes to rest under a constant %d events a second', (rate) => {
    const steps = simulate(createBudget(MODEL, LEAST), { rate: () => rate, seconds: 600, speed: 10_000 });
    // Tries further apart each time, at most each two minutes: up, and down again.
    expect(changes(between(steps, 120, 600))).toBeLessThanOrEqual(12);
  });

  it('comes to rest under a load that waves around the limit each second', () => {
    const steps = simulate(createBudget(MODEL, LEAST), { rate: (ms) => 10_000 + 8_000 * Math.sin((2 * Math.PI * ms) / 1_000), seconds: 600, speed: 10_000 });
    expect(changes(between(steps, 120, 600))).toBeLessThanOrEqual(12);
    expect(Math.max(...between(steps, 60, 600).map(({ lagMs }) => lagMs))).toBeLessThan(1_000);
  });

  it('sheds nothing for a lag that training does not make', () => {
    const steps = simulate(createBudget(MODEL, LEAST), { rate: () => 1_000, seconds: 60, speed: 20_000, otherMs: 400 });
    expect(Math.max(...steps.map(({ lagMs }) => lagMs))).toBeGreaterThan(300);
    expect(changes(steps)).toBe(0);
  });

  it('sheds nothing for back-filled events', () => {
    const steps = simulate(createBudget(MODEL, LEAST), { rate: () => 50_000, seconds: 20, speed: 10_000, historical: true });
    expect(changes(steps)).toBe(0);
  });

  it('gives back what it shed to a shop that has fallen silent but for a heartbeat', () => {
    const budget = createBudget(MODEL, LEAST);
    for (let round = 0; round < 20; round++) budget.observe({ at: 100 * round, trainedMs: 95, full: true, lagMs: 5_000 });
    expect(budget.sizes()).toEqual(LEAST);
    for (let second = 1; second <= 40; second++) budget.observe({ at: 2_000 + 1_000 * second, trainedMs: 1, full: false, lagMs: undefined });
    expect(budget.sizes()).toBeUndefined();
  });

  it('of a fixed size never changes', () => {
    expect(changes(simulate(budgetOf({ model: MODEL, budget: 'fixed' }), { rate: () => 50_000, seconds: 10, speed: 10_000 }))).toBe(0);
  });
});
