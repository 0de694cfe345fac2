/** The result of an evaluation: one JSON document, and the same for people. Rates and shares are plain numbers (metrics.ts has the formulas). */
import type { EngineName } from '@freshet/trainer/engine/names';
import type { EpochOrder, EpochReport } from '@freshet/trainer/epochs/train-epochs';
import { rankingFigures, type RankedCase, type RankingFigures } from './metrics.js';
import type { Protocol, ResolvedEvaluateOptions } from './options.js';
import type { Plan } from './protocol.js';
import { ratingError } from './ratings.js';

export interface EvaluateResult extends RankingFigures {
  /** Mean squared error of predicted ratings (ratings.ts); null: the files have none. */
  readonly mse: number | null;
  /** All of it, reading included. */
  readonly seconds: number;
  readonly train_seconds: number;
  readonly test_seconds: number;
  /** Examples learned in all epochs by the seconds that took. */
  readonly examples_per_second: number;
  readonly protocol: Protocol;
  readonly candidates: 'all' | number;
  readonly validation: boolean;
  readonly events: number;
  readonly users: number;
  readonly items: number;
  readonly examples: number;
  /** Examples that had to make room, beyond --max-examples. */
  readonly dropped: number;
  /** Test events whose item the training file doesn't have: dropped by `sessions`, tested by `leave-one-out`. */
  readonly unknown: number;
  readonly epochs: number;
  readonly order: EpochOrder;
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
  readonly refused: number;
  readonly files: ResolvedEvaluateOptions['files'];
  /** As they were given; null: the files name their columns themselves, or a preset does. */
  readonly columns: string | null;
  readonly preset: string | null;
  /** Of events without a type column; null with a preset. */
  readonly type: string | null;
  readonly relations: { readonly file: string; readonly columns: readonly string[] | null; readonly followers: number; readonly weight: number } | null;
  readonly max_examples: number;
  /** What learned: with `--engine auto`, what that stood for. */
  readonly engine: EngineName;
  readonly dim: number;
  readonly negatives: number;
  readonly batch: number;
  readonly history_dropout: number;
  readonly popular_negatives: number;
  readonly rivals: number;
  readonly sharpness_rate: number;
  readonly temperature: number;
  readonly rate: number;
  readonly follow_weight: number;
  readonly threads: number;
  readonly seed: number;
}

export interface Finished {
  readonly plan: Plan;
  readonly options: ResolvedEvaluateOptions;
  readonly engine: EngineName;
  readonly set: { readonly examples: number; readonly dropped: number };
  readonly epochs: readonly EpochReport[];
  readonly cases: readonly RankedCase[];
  readonly seconds: { readonly train: number; readonly test: number; readonly all: number };
}

export function summarise({ plan, options, engine, set, epochs, cases, seconds }: Finished): EvaluateResult {
  const { protocol, candidates, validation } = options;
  const learned = epochs.reduce((sum, { examples }) => sum + examples, 0);
  return {
    ...rankingFigures(cases, plan.catalogue.length),
    mse: ratingError(plan.train, plan.test),
    seconds: round(seconds.all),
    train_seconds: round(seconds.train),
    test_seconds: round(seconds.test),
    examples_per_second: seconds.train === 0 ? 0 : Math.round(learned / seconds.train),
    protocol,
    candidates,
    validation,
    events: plan.train.length,
    users: new Set(plan.train.map(({ user }) => user)).size,
    items: plan.catalogue.length,
    ...set,
    unknown: plan.unknown,
    epochs: epochs.length,
    order: options.order,
    losses: epochs.map(({ loss }) => loss),
    refused: epochs.reduce((sum, { refused }) => sum + refused, 0),
    ...settingsOf(options),
    engine,
  };
}

type Setting = 'files' | 'columns' | 'preset' | 'type' | 'relations' | 'max_examples' | 'dim' | 'negatives' | 'batch' | 'history_dropout' | 'popular_negatives' | 'rivals' | 'sharpness_rate'
  | 'temperature' | 'rate' | 'follow_weight' | 'threads' | 'seed';

/** Whoever has these, the release and the files gets the same figures (with one thread). */
function settingsOf({ files, columns, preset, type, relations, model, ...options }: ResolvedEvaluateOptions): Pick<EvaluateResult, Setting> {
  return {
    files,
    columns: columns ?? null,
    preset: preset ?? null,
    type: type ?? null,
    relations: relations === undefined ? null : { file: relations.path, columns: relations.columns ?? null, followers: relations.followers, weight: relations.weight },
    max_examples: options.maxExamples,
    dim: model.dim,
    negatives: model.negatives,
    batch: model.batch,
    history_dropout: model.historyDropout,
    popular_negatives: model.popularNegatives,
    rivals: model.rivals,
    sharpness_rate: model.sharpnessRate,
    temperature: model.temperature,
    rate: model.rowRate,
    follow_weight: options.followWeight,
    threads: options.threads,
    seed: model.seed,
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}

/** A few lines for a terminal. */
export function describeEvaluation(result: EvaluateResult): string {
  const { tested, unknown, items, events, users } = result;
  const figure = (name: string, value: number): string => `${name} ${value.toFixed(4)}`;
  const among = result.candidates === 'all' ? 'all items' : `${result.candidates} sampled negatives`;
  return [
    `${events} events of ${users} ${result.protocol === 'sessions' ? 'sessions' : 'users'} and ${items} items learned in ${result.epochs} epochs; ${tested} tested among ${among}, ${unknown} of items unknown in training.`,
    `  ${[figure('R@20', result.recall_20), figure('MRR@20', result.mrr_20), figure('HR@10', result.hr_10), figure('NDCG@10', result.ndcg_10)].join('  ')}`,
    `  ${[figure('HR@5', result.hr_5), figure('NDCG@5', result.ndcg_5), figure('AUC', result.auc), figure('accuracy', result.accuracy)].join('  ')}`,
    `  ${[figure('precision@10', result.precision_10), figure('F1@10', result.f1_10), figure('coverage', result.coverage), result.mse === null ? 'MSE none (no ratings)' : figure('MSE', result.mse)].join('  ')}`,
    `${result.examples_per_second} examples a second on ${result.threads} thread(s); ${result.seconds} s in all, seed ${result.seed}.`,
  ].join('\n');
}
