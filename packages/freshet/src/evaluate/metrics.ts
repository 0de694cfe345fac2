/**
 * Accuracy of a ranking by the rank r of each tested event's item among n ranked items (1 = best; Infinity = the model doesn't know the
 * item: a miss). Each event has one right item. Means are over the tested events; 0 when there are none.
 *
 * hr_k         share with r ≤ k (hit ratio). With one right item it is also recall@k, so `recall_20` = HR@20, and `accuracy` = HR@1.
 * mrr_k        mean of 1/r where r ≤ k, else 0
 * ndcg_k       mean of 1/log₂(r + 1) where r ≤ k, else 0 (the ideal list has gain 1)
 * precision_k  right items in the first k, divided by k: HR@k / k
 * f1_k         mean of the harmonic mean of precision and recall of a list of k: 2/(k + 1) for a hit, else 0
 * auc          mean of (n − r)/(n − 1): the chance that the right item scores above another ranked one drawn at random; 0 for a miss
 * coverage     items in at least one list of ten among all items, as a share of the items the model knows
 *
 * Items with the right item's very score do not stand above it.
 */
export interface RankingFigures {
  readonly tested: number;
  readonly recall_20: number;
  readonly mrr_20: number;
  readonly hr_5: number;
  readonly ndcg_5: number;
  readonly hr_10: number;
  readonly ndcg_10: number;
  readonly mrr_10: number;
  readonly ndcg_20: number;
  readonly precision_10: number;
  readonly f1_10: number;
  readonly accuracy: number;
  readonly auc: number;
  readonly coverage: number;
}

export interface RankedCase {
  readonly rank: number;
  /** Items that were ranked, the right one among them. */
  readonly among: number;
  /** The best items, where a list was taken. */
  readonly top?: readonly string[];
}

const LIST = 10;

/** `items`: those that the model knows. */
export function rankingFigures(cases: readonly RankedCase[], items: number): RankingFigures {
  const mean = (value: (one: RankedCase) => number): number => (cases.length === 0 ? 0 : cases.reduce((sum, one) => sum + value(one), 0) / cases.length);
  const within = (k: number, value: (rank: number) => number): number => mean(({ rank }) => (rank <= k ? value(rank) : 0));
  const hit = (k: number): number => within(k, () => 1);
  const gain = (rank: number): number => 1 / Math.log2(rank + 1);
  const listed = new Set(cases.flatMap(({ top = [] }) => top.slice(0, LIST)));
  return {
    tested: cases.length,
    recall_20: hit(20),
    mrr_20: within(20, (rank) => 1 / rank),
    hr_5: hit(5),
    ndcg_5: within(5, gain),
    hr_10: hit(LIST),
    ndcg_10: within(LIST, gain),
    mrr_10: within(LIST, (rank) => 1 / rank),
    ndcg_20: within(20, gain),
    precision_10: hit(LIST) / LIST,
    f1_10: within(LIST, () => 2 / (LIST + 1)),
    accuracy: hit(1),
    auc: mean(areaUnderCurve),
    coverage: items === 0 ? 0 : listed.size / items,
  };
}

function areaUnderCurve({ rank, among }: RankedCase): number {
  if (!Number.isFinite(rank)) return 0;
  return among <= 1 ? 1 : (among - rank) / (among - 1);
}
