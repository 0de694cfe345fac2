import { memoryRecommendationLog } from '@freshet/shared/adapters/memory/recommendation-log';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { UserRef } from '@freshet/shared/domain/event';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import { BATCH_LISTS, BUFFER_ITEMS, BUFFER_LISTS, createListLog } from '@freshet/serving/recommendation-log/list-log';
import type { ShownList } from '@freshet/serving/routes/made-list';
import { describe, expect, it } from 'vitest';

type Append = ReturnType<typeof memoryRecommendationLog>['append'];

function open({ sample = 1, append }: { sample?: number; append?: Append } = {}) {
  const stored = memoryRecommendationLog(systemClock);
  const metrics = createMetrics({ processMetrics: false });
  const lists = createListLog(sample, { recommendations: { append: append ?? stored.append }, metrics, log: silentLogger });
  const metric = async (name: string): Promise<number | undefined> => {
    const line = (await metrics.render()).split('\n').find((one) => one.startsWith(`freshet_${name} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  return { stored, lists, metric };
}

/** Of `serving/routes`, as far as the log reads it. */
function made(items = 2, more: Partial<ShownList> = {}): ShownList {
  const asked = { method: 'rank', context: 'home', isDrawn: false, person: '00000000000000aa' as UserRef };
  const model = { position: { version: 9 } };
  return { model, rung: 'personal', items: Array.from({ length: items }, (_, i) => ({ id: `i${i}`, score: 1 - i / 10 })), asked, skipped: 0, now: 1_000, ...more } as unknown as ShownList;
}

/** As tokens are: 20 characters of name, then more. */
const token = (i: number): string => `rec_${String(i).padStart(16, 'n')}${'t'.repeat(80)}`;

describe('the log of lists', () => {
  it('keeps of a list its name, shopper, context, version and items with their ranks, and nothing of the token behind the name', async () => {
    const { lists, stored } = open();
    lists.add(token(1), made(2, { skipped: 3 }));
    lists.add(token(2), made(0, { asked: { ...made().asked, context: undefined, person: undefined } }));
    expect(stored.lists()).toEqual([]);
    await lists.write();
    expect(stored.lists()).toEqual([
      {
        name: 'rec_nnnnnnnnnnnnnnn1', madeAt: 1_000, person: '00000000000000aa', context: 'home', method: 'rank', rung: 'personal', version: 9, label: 'newest', skipped: 3,
        items: [{ id: 'i0', score: 1, propensity: 1, source: 'personal' }, { id: 'i1', score: 0.9, propensity: 1, source: 'personal' }],
      },
      { name: 'rec_nnnnnnnnnnnnnnn2', madeAt: 1_000, person: undefined, context: 'unspecified', method: 'rank', rung: 'personal', version: 9, label: 'newest', skipped: 0, items: [] },
    ]);
  });

  it('says which label had given a list to its version, and counts by it what is shown', async () => {
    const { lists, stored, metric } = open();
    for (const [i, label] of [{}, { pinned: true }, { canary: true }, { canary: true }].entries()) lists.add(token(i), made(3, { model: { ...made().model, ...label } as ShownList['model'] }));
    await lists.write();
    expect(stored.lists().map(({ label }) => label)).toEqual(['newest', 'stable', 'canary', 'canary']);
    expect(await metric('recommendation_lists_total{context="home",rung="personal",label="stable"}')).toBe(1);
    expect(await metric('recommendation_items_total{context="home",rung="personal",label="canary"}')).toBe(6);
    // What comes of it is then a change, not a new series.
    expect(await metric('recommendation_purchases_total{context="home",rung="personal",label="canary"}')).toBe(0);
    expect(await metric('recommendation_purchases_total{context="home",rung="session",label="canary"}')).toBeUndefined();
  });

  it('names what has put an item there beside the rung, and knows no propensity of a place that chance had a part in, but the item’s own', async () => {
    const { lists, stored } = open();
    const items = [{ id: 'a', score: 2, source: 'pin' }, { id: 'b', score: 1, source: 'exploration', propensity: 0.02 }, { id: 'c', score: 3 }] as const;
    lists.add(token(1), made(0, { items, asked: { ...made().asked, isDrawn: true } }));
    lists.add('q_1f0d6a0e-59b2-4b43-8c19-0e6c3b0b8f0a', made(0, { items: items.slice(0, 1), rung: 'text', asked: { ...made().asked, method: 'search', context: 'search' } }));
    await lists.write();
    expect(stored.lists()).toMatchObject([
      { items: [{ source: 'pin', propensity: undefined }, { source: 'exploration', propensity: 0.02 }, { source: 'personal', propensity: undefined }] },
      { name: 'q_1f0d6a0e-59b2-4b43-8c19-0e6c3b0b8f0a', method: 'search', rung: 'text', items: [{ source: 'pin', propensity: 1 }] },
    ]);
  });

  it('writes in batches, also what comes while it writes', async () => {
    const sizes: number[] = [];
    const { lists } = open({
      append: (batch) => {
        if (sizes.length === 0) lists.add(token(9_999), made());
        sizes.push(batch.length);
        return Promise.resolve();
      },
    });
    for (let i = 0; i < BATCH_LISTS + 50; i++) lists.add(token(i), made());
    await lists.write();
    expect(sizes).toEqual([BATCH_LISTS, 51]);
  });

  it('drops and counts what has no room: by lists and by items', async () => {
    const { lists, metric, stored } = open();
    for (let i = 0; i < BUFFER_LISTS + 3; i++) lists.add(token(i), made(1));
    expect(await metric('recommendation_log_dropped_lists_total{reason="full"}')).toBe(3);
    await lists.write();
    expect(stored.lists()).toHaveLength(BUFFER_LISTS);
    expect(await metric('recommendation_lists_total{context="home",rung="personal",label="newest"}')).toBe(BUFFER_LISTS);
    for (let i = 0; i < BUFFER_ITEMS / 100 + 1; i++) lists.add(token(i), made(100));
    expect(await metric('recommendation_log_dropped_lists_total{reason="full"}')).toBe(4);
  });

  it('drops a batch that could not be written, once, and goes on with the next', async () => {
    let isDown = true;
    const kept: number[] = [];
    const { lists, metric } = open({
      append(batch) {
        if (isDown) return Promise.reject(new Error('away'));
        kept.push(batch.length);
        return Promise.resolve();
      },
    });
    for (let i = 0; i < BATCH_LISTS + 1; i++) lists.add(token(i), made());
    await expect(lists.write()).rejects.toThrow('away');
    isDown = false;
    await lists.write();
    expect(kept).toEqual([1]);
    expect(await metric('recommendation_log_dropped_lists_total{reason="failed"}')).toBe(BATCH_LISTS);
  });

  it('lets nobody wait for a database that doesn’t answer', async () => {
    const { lists, metric } = open({ append: () => new Promise(() => undefined) });
    lists.add(token(0), made());
    void lists.write();
    for (let i = 0; i < BUFFER_LISTS + 1; i++) lists.add(token(i), made(1));
    expect(await metric('recommendation_log_dropped_lists_total{reason="full"}')).toBe(1);
    lists.close();
    expect(await metric('recommendation_log_dropped_lists_total{reason="stopped"}')).toBe(BUFFER_LISTS);
    lists.add(token(1), made());
    expect(await metric('recommendation_log_dropped_lists_total{reason="stopped"}')).toBe(BUFFER_LISTS + 1);
  });

  it('keeps a sample that the names decide: the same in every process, about the share asked for, nothing at 0', async () => {
    const kept = async (sample: number): Promise<Set<string>> => {
      const { lists, stored } = open({ sample });
      for (let i = 0; i < 4_000; i++) lists.add(token(i), made(0));
      await lists.write();
      return new Set(stored.lists().map(({ name }) => name));
    };
    const [quarter, again, half] = [await kept(0.25), await kept(0.25), await kept(0.5)];
    expect(quarter).toEqual(again);
    expect(quarter.size).toBeGreaterThan(850);
    expect(quarter.size).toBeLessThan(1_150);
    for (const name of quarter) expect(half.has(name)).toBe(true);
    expect((await kept(0)).size).toBe(0);
    expect((await kept(1)).size).toBe(4_000);
  });
});
