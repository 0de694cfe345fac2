/** Every figure of an evaluation against numbers worked out by hand. */
import { describe, expect, it } from 'vitest';
import { rankingFigures, type RankedCase } from 'freshet/evaluate/metrics';

/** Five events among 21 items: first, third, eighth, twentieth, never found. */
const CASES: readonly RankedCase[] = [
  { rank: 1, among: 21, top: ['a', 'b', 'c'] },
  { rank: 3, among: 21 },
  { rank: 8, among: 21, top: ['c', 'd'] },
  { rank: 20, among: 21 },
  { rank: Number.POSITIVE_INFINITY, among: 21 },
];

describe('rankingFigures', () => {
  const figures = rankingFigures(CASES, 8);

  it('counts hits within k: hit ratio, recall, precision, F1, accuracy', () => {
    expect(figures.tested).toBe(5);
    expect(figures.hr_5).toBe(2 / 5);
    expect(figures.hr_10).toBe(3 / 5);
    expect(figures.recall_20).toBe(4 / 5);
    expect(figures.accuracy).toBe(1 / 5);
    expect(figures.precision_10).toBeCloseTo(0.06, 12);
    // Of each hit: precision 1/10, recall 1, so 2 · .1 · 1 / 1.1 = 2/11.
    expect(figures.f1_10).toBeCloseTo((3 * 2) / 11 / 5, 12);
  });

  it('weighs a hit by its place: MRR and NDCG', () => {
    expect(figures.mrr_10).toBeCloseTo((1 + 1 / 3 + 1 / 8) / 5, 12);
    expect(figures.mrr_20).toBeCloseTo((1 + 1 / 3 + 1 / 8 + 1 / 20) / 5, 12);
    expect(figures.ndcg_5).toBeCloseTo((1 + 1 / 2) / 5, 12); // log₂ 2 = 1, log₂ 4 = 2
    expect(figures.ndcg_10).toBeCloseTo((1 + 1 / 2 + 1 / Math.log2(9)) / 5, 12);
    expect(figures.ndcg_20).toBeCloseTo((1 + 1 / 2 + 1 / Math.log2(9) + 1 / Math.log2(21)) / 5, 12);
  });

  it('takes AUC as the share of other items that the right one stands above', () => {
    expect(figures.auc).toBeCloseTo((20 / 20 + 18 / 20 + 13 / 20 + 1 / 20 + 0) / 5, 12);
    expect(rankingFigures([{ rank: 1, among: 1 }], 1).auc).toBe(1);
  });

  it('takes coverage as the share of items in any list of ten', () => {
    expect(figures.coverage).toBe(4 / 8);
    const long = Array.from({ length: 12 }, (_, n) => `item-${n}`);
    expect(rankingFigures([{ rank: 1, among: 20, top: long }], 20).coverage).toBe(10 / 20);
  });

  it('is all 0 without a tested event', () => {
    expect(new Set(Object.values(rankingFigures([], 0)))).toEqual(new Set([0]));
  });
});
