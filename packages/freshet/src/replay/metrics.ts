/**
 * Accuracy of rankings, from the rank of the item that came (1 = best, Infinity = never seen: a miss that counts):
 * HR@k = share of ranks ≤ k; NDCG@k = mean of 1/log₂(rank + 1) where rank ≤ k; MRR@k = mean of 1/rank where rank ≤ k.
 * Coverage = items that stood in at least one of the lists given to `add`, as a share of `catalogue`.
 */
export interface Accuracy {
  readonly hr_10: number;
  readonly ndcg_10: number;
}

export interface Figures extends Accuracy {
  readonly tested: number;
  readonly hr_20: number;
  readonly mrr_20: number;
  readonly coverage: number;
}

export interface Metrics {
  add(rank: number, top?: readonly string[]): void;
  /** All 0 when nothing was tested. `catalogue`: how many items had been seen. */
  figures(catalogue: number): Figures;
}

export function createMetrics(): Metrics {
  let tested = 0;
  let hits10 = 0;
  let hits20 = 0;
  let gain10 = 0;
  let reciprocal20 = 0;
  const listed = new Set<string>();
  return {
    add(rank, top) {
      tested++;
      if (rank <= 10) hits10++;
      if (rank <= 10) gain10 += gain(rank);
      if (rank <= 20) hits20++;
      if (rank <= 20) reciprocal20 += 1 / rank;
      for (const item of top ?? []) listed.add(item);
    },
    figures(catalogue) {
      const mean = (sum: number): number => (tested === 0 ? 0 : sum / tested);
      return {
        tested,
        hr_10: mean(hits10),
        ndcg_10: mean(gain10),
        hr_20: mean(hits20),
        mrr_20: mean(reciprocal20),
        coverage: catalogue === 0 ? 0 : listed.size / catalogue,
      };
    },
  };
}

function gain(rank: number): number {
  return 1 / Math.log2(rank + 1);
}
