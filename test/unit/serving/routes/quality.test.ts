import { describe, expect, it } from 'vitest';
import type { QualityWindow } from '@freshet/shared/ports/quality-log';
import { createRecentQuality } from '@freshet/serving/recent-quality';
import { makeModel } from '../support/model.js';
import { serve } from '../support/serving.js';

const window = (seq: number): QualityWindow => ({
  fromSeq: seq, toSeq: seq, version: 1, beganAt: 1_700_000_000_000, endedAt: 1_700_000_010_000, tested: 8, hits10: 4, ndcg10: 2, examples: 20, loss: 3.5, popularityHits10: 1, followHits10: 2,
});

describe('the quality of the model', () => {
  it('is shown window by window, newest first, as shares beside both floors', async () => {
    await using site = await serve();
    await site.publish(makeModel(1, 20), 3);
    expect((await site.get('/v1/models/quality')).body).toEqual({ windows: [] });
    for (const seq of [1, 2, 3]) expect(await site.quality.append(window(seq), site.deltas.epoch())).toBe(true);
    await expect.poll(async () => (await site.get('/v1/models/quality?limit=2')).body['windows'], { timeout: 3_000 }).toHaveLength(2);
    expect((await site.get('/v1/models/quality?limit=1')).body['windows']).toEqual([
      {
        from_seq: 3, to_seq: 3, version: 1, from: '2023-11-14T22:13:20.000Z', to: '2023-11-14T22:13:30.000Z', tested: 8, hit_ratio_10: 0.5, ndcg_10: 0.25, loss: 3.5,
        floors: { popularity: { hit_ratio_10: 0.125 }, follow: { hit_ratio_10: 0.25 } },
      },
    ]);
    expect((await site.get('/v1/models/quality?limit=0')).status).toBe(422);
  });
});

describe('its windows', () => {
  it('are read once a second, however many ask', async () => {
    let now = 0;
    let reads = 0;
    const recent = createRecentQuality({ recent: (limit) => (reads++, Promise.resolve(Array.from({ length: limit }, (_, i) => window(9 - i)))) }, { now: () => now });
    const found = await Promise.all([recent.windows(3), recent.windows(2), recent.windows(3)]);
    expect(found.map((windows) => windows.length)).toEqual([3, 2, 3]);
    expect(reads).toBe(1);
    now = 999;
    await recent.windows(1);
    expect(reads).toBe(1);
    await recent.windows(4);
    expect(reads).toBe(2);
    now = 2_000;
    await recent.windows(1);
    expect(reads).toBe(3);
    now = 1_000;
    await recent.windows(1);
    expect(reads).toBe(4);
  });

  it('are read again after a read that failed', async () => {
    let fails = true;
    const recent = createRecentQuality({ recent: () => (fails ? Promise.reject(new Error('away')) : Promise.resolve([window(1)])) }, { now: () => 0 });
    await expect(recent.windows(1)).rejects.toThrow('away');
    fails = false;
    expect(await recent.windows(1)).toHaveLength(1);
  });
});
