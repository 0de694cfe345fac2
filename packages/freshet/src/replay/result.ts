/** The result of a replay: the JSON document of API.md, and the same for people. Rates and shares are plain numbers. */
import { type ErrorFigures, figuresOf, type RatingErrors } from '@freshet/shared/domain/ratings/errors';
import type { BesideFigures, Compared } from './beside.js';
import type { ColdFigures } from './cold.js';
import type { Cleaned } from './clean-step.js';
import type { FoundDrift } from './drifts.js';
import type { FloorFigures } from './floors.js';
import type { ItemsFile } from './items-file.js';
import type { Accuracy, Metrics } from './metrics.js';
import type { ResolvedReplayOptions } from './options.js';
import type { PublishedFigures } from './published.js';
import type { ReplayedRefit } from './refits.js';
import type { Source } from './source.js';
import type { Tally } from './tally.js';

export interface ReplayResult {
  /** Events that went through the model. */
  readonly events: number;
  readonly tested: number;
  readonly hr_10: number;
  readonly ndcg_10: number;
  readonly hr_20: number;
  readonly mrr_20: number;
  /** Share of all items seen that stood in a top-10 list (lists of up to about 20,000 tested events). */
  readonly coverage: number;
  /** Of the tested events, those of items with few earlier events. */
  readonly cold: ColdFigures;
  readonly floors: { readonly popularity: Accuracy; readonly follow: Accuracy };
  /** The same events ranked by the model as it was last published, for each interval of `--publish-every`. */
  readonly published: readonly PublishedFigures[];
  /** How the model was updated, and refits while it was. */
  readonly strategy: string;
  readonly refits: number;
  readonly refits_promoted: number;
  /** How often the gate gave each reason (a refit may be refused for several). */
  readonly refits_refused: Readonly<Record<string, number>>;
  /** What the gate said of each refit. */
  readonly gates: readonly ReplayedRefit[];
  /** The same events with the strategy `incremental`, and the paired difference; absent with that strategy. */
  readonly beside?: BesideFigures;
  /** Shoppers' histories were as old as what was published. */
  readonly stale_histories: boolean;
  /** Examples trained, replayed ones included, by the seconds the learner took, ranking included. */
  readonly examples_per_second: number;
  readonly seconds: number;
  readonly seed: number;
  readonly threads: number;
  readonly users: number;
  readonly items: number;
  readonly examples: number;
  /** Mean loss of new events’ examples before their step, without weights (learner/port). */
  readonly loss: number;
  /** Of `rate` events, each predicted before it was learned; all of them, from the first one's follower on. */
  readonly ratings?: ErrorFigures;
  /** Where the trainer's detectors would have reported a drift, among the tested events. */
  readonly drifts: readonly FoundDrift[];
  readonly evaluate_after: number;
  readonly no_repeats: boolean;
  /** Items of `--items`. */
  readonly catalogue: number;
  readonly left_out: { readonly unreadable: LeftOut; readonly by_rule: LeftOut; readonly rejected: LeftOut; readonly refused: number };
  /** Times before 2000 are moved by a constant. */
  readonly shifted_ms: number;
}

interface LeftOut {
  readonly total: number;
  readonly reasons: Readonly<Record<string, number>>;
}

/** What the learning of a stream left behind. */
export interface Trained {
  readonly metrics: Metrics;
  readonly published: readonly PublishedFigures[];
  readonly cold: ColdFigures;
  readonly floors: FloorFigures;
  readonly examples: number;
  readonly lossSum: number;
  readonly lossExamples: number;
  readonly ratings: RatingErrors | undefined;
  readonly drifts: readonly FoundDrift[];
  readonly refused: number;
  readonly refits: readonly ReplayedRefit[];
  readonly beside: BesideFigures | undefined;
  readonly learningMs: number;
}

export interface Finished {
  readonly source: Source;
  readonly cleaned: Cleaned;
  readonly catalogue: ItemsFile | undefined;
  readonly trained: Trained;
  readonly noRepeats: boolean;
  readonly options: ResolvedReplayOptions;
  readonly seconds: number;
}

export function summarise({ source, cleaned, catalogue, trained, noRepeats, options, seconds }: Finished): ReplayResult {
  const { popularity, follow, items, users } = trained.floors;
  return {
    events: cleaned.events.length,
    ...trained.metrics.figures(items),
    cold: trained.cold,
    floors: { popularity, follow },
    published: trained.published,
    strategy: options.refits.strategy,
    refits: trained.refits.length,
    refits_promoted: trained.refits.filter(({ promoted }) => promoted).length,
    refits_refused: reasonsOf(trained.refits),
    gates: trained.refits,
    ...(trained.beside === undefined ? {} : { beside: trained.beside }),
    stale_histories: options.staleHistories,
    examples_per_second: trained.learningMs === 0 ? 0 : Math.round((1000 * trained.examples) / trained.learningMs),
    seconds: Math.round(seconds * 1000) / 1000,
    seed: options.model.seed,
    threads: options.threads,
    users,
    items,
    examples: trained.examples,
    loss: trained.lossExamples === 0 ? 0 : trained.lossSum / trained.lossExamples,
    ...(trained.ratings === undefined ? {} : { ratings: figuresOf(trained.ratings) }),
    drifts: trained.drifts,
    evaluate_after: options.evaluateAfter,
    no_repeats: noRepeats,
    catalogue: catalogue?.changes.length ?? 0,
    left_out: { unreadable: leftOut(source.bad), by_rule: leftOut(source.skipped), rejected: leftOut(cleaned.rejected), refused: trained.refused },
    shifted_ms: source.shiftedMs,
  };
}

function reasonsOf(refits: readonly ReplayedRefit[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of refits.flatMap(({ refusals }) => refusals)) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function leftOut({ total, reasons }: Tally): LeftOut {
  return { total, reasons };
}

/** A few lines for a terminal. */
export function describeReplay(result: ReplayResult): string {
  const { floors } = result;
  const row = (name: string, figures: Accuracy): string => `  ${name.padEnd(26)} ${figures.hr_10.toFixed(4)}  ${figures.ndcg_10.toFixed(4)}`;
  return [
    `${result.events} events of ${result.users} shoppers and ${result.items} items; ${result.tested} tested, each before it was learned.`,
    `  ${''.padEnd(26)} HR@10   NDCG@10`,
    row(result.strategy === 'incremental' ? 'the model' : `the model (${result.strategy}, ${result.refits_promoted} of ${result.refits} refits)`, result),
    ...(result.beside === undefined ? [] : [row('incremental, beside it', result.beside.incremental)]),
    ...result.published.map((figures) => row(`published every ${figures.every}`, figures)),
    row('what followed last time', floors.follow),
    row('popularity (7 days)', floors.popularity),
    ...(result.beside === undefined ? [] : [describeDifference(result.beside)]),
    `HR@20 ${result.hr_20.toFixed(4)}, MRR@20 ${result.mrr_20.toFixed(4)}, coverage ${(100 * result.coverage).toFixed(1)} %, loss ${result.loss.toFixed(3)}.`,
    ...(result.ratings === undefined ? [] : [`${result.ratings.count} ratings predicted before they were learned: RMSE ${result.ratings.rmse.toFixed(3)}, MAE ${result.ratings.mae.toFixed(3)} stars.`]),
    `${result.examples_per_second} examples a second on ${result.threads} thread(s), ${result.seconds} s in all, seed ${result.seed}.`,
  ].join('\n');
}

function describeDifference({ difference: { hr_10: hits, ndcg_10: gains } }: BesideFigures): string {
  const show = ({ mean, low, high }: Compared): string => `${mean.toFixed(4)} (${low.toFixed(4)} … ${high.toFixed(4)})`;
  return `Difference to incremental, 95 %: HR@10 ${show(hits)}, NDCG@10 ${show(gains)}.`;
}
