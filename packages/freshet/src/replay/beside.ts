/**
 * The strategy `incremental` beside another one, in the same replay: the same events, ranked by a learner that no refit touches, and whether
 * the difference is more than chance (paired bootstrap, shoppers drawn whole; shared/domain/quality/paired).
 */
import { gainOf, HIT_RANK } from '@freshet/shared/domain/quality/figures';
import { bootstrapDifference, type Difference } from '@freshet/shared/domain/quality/paired';
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { LearnerEvent, ReplayLearner, RoundOptions } from './learner-port.js';
import type { Accuracy } from './metrics.js';

export interface Compared {
  readonly mean: number;
  /** The interval that 95 % of the resamples lie in. */
  readonly low: number;
  readonly high: number;
  /** Chance of so large a gain, and so large a loss, were there none. */
  readonly p_better: number;
  readonly p_worse: number;
}

export interface BesideFigures {
  readonly incremental: Accuracy;
  /** The strategy less incremental. */
  readonly difference: { readonly hr_10: Compared; readonly ndcg_10: Compared };
}

export interface Beside {
  readonly learner: Pick<ReplayLearner, 'learn'>;
  /** Learns the events too; ranks by their number in the round. */
  round(events: readonly LearnerEvent[], options: RoundOptions, described: LogEntry | undefined): Promise<ReadonlyMap<number, number>>;
  /** Ranks of one event by the strategy and beside it; `shopper`: the same number for the same one. */
  add(rank: number, incremental: number, shopper: number): void;
  figures(): BesideFigures | undefined;
  close(): Promise<void>;
}

export function createBeside(learner: ReplayLearner, seed: number): Beside {
  const hits = { ours: [] as number[], theirs: [] as number[] };
  const gains = { ours: [] as number[], theirs: [] as number[] };
  const groups: number[] = [];
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const compare = ({ ours, theirs }: typeof hits): Compared => nameFigures(bootstrapDifference(ours.map((value, i) => value - (theirs[i] ?? 0)), { seed, groups }));
  return {
    learner,
    async round(events, options, described) {
      if (described !== undefined) await learner.learn([described]);
      const { ranks } = await learner.round(events, options);
      return new Map(ranks.map(({ index, rank }) => [index, rank]));
    },
    add(rank, incremental, shopper) {
      hits.ours.push(Number(rank <= HIT_RANK));
      hits.theirs.push(Number(incremental <= HIT_RANK));
      gains.ours.push(gainOf(rank));
      gains.theirs.push(gainOf(incremental));
      groups.push(shopper);
    },
    figures() {
      if (groups.length === 0) return undefined;
      return { incremental: { hr_10: mean(hits.theirs), ndcg_10: mean(gains.theirs) }, difference: { hr_10: compare(hits), ndcg_10: compare(gains) } };
    },
    close: () => learner.close(),
  };
}

function nameFigures({ mean, low, high, pBetter, pWorse }: Difference): Compared {
  return { mean, low, high, p_better: pBetter, p_worse: pWorse };
}
