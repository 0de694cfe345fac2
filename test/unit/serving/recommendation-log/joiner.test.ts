import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { memoryRecommendationLog } from '@freshet/shared/adapters/memory/recommendation-log';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import { HOUR_MS, type LoggedList } from '@freshet/shared/domain/recommendations';
import { createMetrics } from '@freshet/shared/metrics';
import { createJoiner } from '@freshet/serving/recommendation-log/joiner';
import { describe, expect, it } from 'vitest';

const START = Date.now();
const LIST: LoggedList = {
  name: 'rec_aaaaaaaaaaaaaaaa', madeAt: START, person: undefined, context: 'product', method: 'similar', rung: 'similar', version: 1, label: 'newest', skipped: 0,
  items: [{ id: 'mug', score: 1, propensity: 1, source: 'similar' }],
};

function open() {
  let now = START;
  let made = 0;
  const clock = { ...systemClock, now: () => now };
  const entries = memoryEntryLog();
  const recommendations = memoryRecommendationLog(clock);
  const metrics = createMetrics({ processMetrics: false });
  return {
    entries,
    recommendations,
    metrics,
    joiner: createJoiner(3_000, { recommendations, entries, clock, metrics }),
    other: createJoiner(3_000, { recommendations, entries, clock, metrics }),
    pass: (ms: number): void => void (now += ms),
    async send(...events: Omit<LogEvent, 'id' | 'user' | 'ts'>[]): Promise<number> {
      const whole = events.map((event): LogEvent => ({ id: `e${made++}`, user: '0000000000000001' as UserRef, ts: now, ...event }));
      const keys = whole.map(({ id }) => ({ id: eventKey('default', id), body: bodyHash('1') }));
      return (await entries.append({ body: { kind: 'events', events: whole }, keys, source: 'http', receivedAt: now, historical: false })).seq ?? 0;
    },
    totals: async () => (await recommendations.outcomes({ by: 'context', from: Math.floor(START / HOUR_MS) - 1, to: Math.floor(START / HOUR_MS) + 2, limit: 1 }))[0],
  };
}
const FROM = { item: 'mug', recommendation_id: LIST.name };
const { signal } = new AbortController();

describe('the joiner', () => {
  it('leaves entries alone until lists that led to them must have been written', async () => {
    const { joiner, recommendations, send, pass } = open();
    await recommendations.append([LIST]);
    const early = await send({ type: 'click', ...FROM });
    pass(2_000);
    const late = await send({ type: 'cart', ...FROM });
    await joiner.step(signal);
    expect(await recommendations.joined()).toBe(0);
    pass(1_000);
    await joiner.step(signal);
    expect(await recommendations.joined()).toBe(early);
    pass(2_000);
    await joiner.step(signal);
    expect(await recommendations.joined()).toBe(late);
  });

  it('counts what came of a list, passes over everything else, and shows it as metrics', async () => {
    const { joiner, recommendations, send, pass, totals, metrics } = open();
    await recommendations.append([LIST]);
    await send({ type: 'view', item: 'mug' }, { type: 'view', ...FROM }, { type: 'click', ...FROM }, { type: 'like', ...FROM }, { type: 'view', ...FROM, item: 'pot' }, { type: 'search', query: 'mug' });
    await send({ type: 'purchase', ...FROM, price: 10.5, quantity: 2 });
    await send({ type: 'purchase', ...FROM, price: 10.5, quantity: -1 });
    pass(3_000);
    await joiner.step(signal);
    expect(await totals()).toMatchObject({ group: 'product', lists: 1, items: 1, clicks: 1, carts: 0, purchases: 1, revenue: 10.5 });
    const text = await metrics.render();
    const labels = '{context="product",rung="similar",label="newest"}';
    expect(text).toContain(`freshet_recommendation_clicks_total${labels} 1`);
    expect(text).toContain(`freshet_recommendation_purchases_total${labels} 1`);
    expect(text).toContain(`freshet_recommendation_revenue_total${labels} 21`);
    expect(text).toContain(`freshet_recommendation_refunds_total${labels} 10.5`);
  });

  it('counts for the label that had given a list to its version, whatever answers now', async () => {
    const { joiner, recommendations, send, pass, metrics } = open();
    await recommendations.append([LIST, { ...LIST, name: 'rec_bbbbbbbbbbbbbbbb', label: 'canary', rung: 'session' }]);
    await send({ type: 'click', ...FROM }, { type: 'click', item: 'mug', recommendation_id: 'rec_bbbbbbbbbbbbbbbb' });
    pass(3_000);
    await joiner.step(signal);
    const text = await metrics.render();
    expect(text.match(/^freshet_recommendation_clicks_total\{.*$/gm)).toEqual([
      'freshet_recommendation_clicks_total{context="product",rung="session",label="canary"} 1',
      'freshet_recommendation_clicks_total{context="product",rung="similar",label="newest"} 1',
    ]);
  });

  it('goes on where another one has been, and counts nothing again', async () => {
    const { joiner, other, recommendations, send, pass, totals } = open();
    await recommendations.append([LIST]);
    await send({ type: 'purchase', ...FROM, amount: 5 });
    pass(3_000);
    await joiner.step(signal);
    await send({ type: 'purchase', ...FROM, amount: 5 });
    pass(3_000);
    await other.step(signal);
    await send({ type: 'purchase', ...FROM, value: 5 });
    pass(3_000);
    // It remembers a place that has been passed meanwhile.
    await joiner.step(signal);
    expect(await totals()).toMatchObject({ purchases: 3, revenue: 15 });
    expect(await recommendations.joined()).toBe(3);
  });

  it('asks how far it is after a commit whose end it doesn’t know', async () => {
    const { entries, recommendations, metrics, send, pass, totals } = open();
    let isCut = true;
    const cut: typeof recommendations.join = async (range, feedback) => {
      const joined = await recommendations.join(range, feedback);
      if (isCut) throw new Error('the connection was cut after the commit');
      return joined;
    };
    const joiner = createJoiner(0, { recommendations: { ...recommendations, join: cut }, entries, clock: systemClock, metrics });
    await recommendations.append([LIST]);
    await send({ type: 'purchase', ...FROM, amount: 5 });
    pass(0);
    await expect(joiner.step(signal)).rejects.toThrow('cut');
    isCut = false;
    await joiner.step(signal);
    expect(await totals()).toMatchObject({ purchases: 1, revenue: 5 });
  });
});
