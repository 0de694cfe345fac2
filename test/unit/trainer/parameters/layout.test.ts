import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { mostReplayed, planLayout } from '@freshet/trainer/parameters/layout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the layout of the memory', () => {
  it('starts every region on a cache line and lets none reach into the next', () => {
    const sizes = fc.record({
      maxItems: fc.integer({ min: 1, max: 100_000 }),
      threads: fc.nat(4),
      model: fc.record({ dim: fc.constantFrom(16, 64, 128), negatives: fc.constantFrom(4, 20, 256, 1_024), replayCapacity: fc.nat(300_000) }),
    });
    fc.assert(
      fc.property(sizes, ({ model, ...rest }) => {
        const layout = planLayout({ ...rest, model: { ...DEFAULT_MODEL, ...model } });
        const { embedding, publishedEmbedding, follower, scratch, examples, batches, selection, eligible, stat } = layout;
        for (const at of [embedding, publishedEmbedding, follower, scratch, examples, batches, selection, eligible, stat]) expect(at % 64).toBe(0);
        expect(layout.bias - embedding).toBeGreaterThanOrEqual(layout.rows * model.dim * 4);
        expect(layout.publishedBias - publishedEmbedding).toBeGreaterThanOrEqual(layout.rows * model.dim * 4);
        expect(layout.batches - examples).toBeGreaterThanOrEqual(layout.exampleSlots * 192);
        expect(layout.bytes - scratch).toBe(layout.lanes * layout.lane.bytes);
        expect(layout.lane.bytes - layout.lane.works).toBeGreaterThanOrEqual(layout.model.batch * 2_480);
      }),
    );
  });

  it('says how many items fit when so many do not fit into 4 GiB', () => {
    expect(() => planLayout({ model: DEFAULT_MODEL, maxItems: 50_000_000, threads: 1 })).toThrow(/4 GiB can be addressed: about \d+ items fit/);
  });

  it('says how many examples fit beside a model: with so many it still does, with a page more it doesn’t', () => {
    const sizes = { maxItems: 2_000_000, maxWords: 65_536, threads: 1 };
    const most = mostReplayed({ ...sizes, model: DEFAULT_MODEL });
    expect(most).toBeLessThan(4_000_000);
    expect(most).toBeGreaterThan(1_000_000);
    const withCapacity = (replayCapacity: number) => planLayout({ ...sizes, model: { ...DEFAULT_MODEL, replayCapacity } });
    expect(2 ** 32 - withCapacity(most).bytes).toBeGreaterThanOrEqual(65_536);
    expect(2 ** 32 - withCapacity(most).bytes).toBeLessThan(65_536 + 448);
    expect(() => withCapacity(most + Math.ceil(65_536 / 448))).toThrow(/4 GiB can be addressed/);
    expect(mostReplayed({ model: DEFAULT_MODEL, maxItems: 262_144, threads: 1 })).toBeGreaterThan(4_000_000);
    expect(() => mostReplayed({ model: DEFAULT_MODEL, maxItems: 50_000_000, threads: 1 })).toThrow(/4 GiB can be addressed/);
  });

  it.each([{ dim: 20 }, { dim: 0 }, { negatives: 6 }, { replay: 9 }, { batch: 6 }, { batch: 1_024 }, { historyDropout: 1 }, { popularNegatives: 1 }, { rivals: 41 }, { followers: 0 }, { followers: 20 }, { followers: 144 }, { l2: -1 }, { rateFloor: 2 }, { optimizer: 'lion' as 'sgd' }, { popularityWeighting: 3 }, { typeOversampling: 1.5 }, { itemUndersampling: -1 }, { typeWeights: { view: 0 } }])('refuses the setting %o', (setting) => {
    expect(() => planLayout({ model: { ...DEFAULT_MODEL, ...setting }, maxItems: 10, threads: 0 })).toThrow(/must be/);
  });

  it('refuses over-sampling without a replay buffer to draw from', () => {
    expect(() => planLayout({ model: { ...DEFAULT_MODEL, itemOversampling: 0.5, replayCapacity: 0 }, maxItems: 10, threads: 0 })).toThrow(/there is none/);
  });
});
