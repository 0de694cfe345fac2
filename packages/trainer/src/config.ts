/** The trainer's options, and what they resolve to. Units stand in the names. */
import { checkCustomTypes } from '@freshet/shared/domain/custom-types';
import type { CustomTypes } from '@freshet/shared/domain/event';
import { LEAST_OVERLAP } from '@freshet/shared/domain/quality/judge';
import { DEFAULT_MODEL, type ModelConfig } from '@freshet/shared/domain/model-config';
import { DEFAULT_REFIT } from '@freshet/shared/ports/refit-log';
import type { LeastSizes } from './budget/ladder.js';
import type { EngineName } from './engine/names.js';
import type { RefitPolicy } from './refit/triggers.js';

export interface TrainerOptions {
  readonly model?: Partial<ModelConfig>;
  /** Training threads; 0 trains on the loop's own thread. */
  readonly threads?: number;
  readonly engine?: EngineName;
  /** Rows of the item table. */
  readonly maxItems?: number;
  /** Rows of the word table; with none, texts teach nothing. */
  readonly maxWords?: number;
  /** Significant rows (`significant`) or every touched row (`all`, the reproducible mode). */
  readonly publish?: 'significant' | 'all';
  /** Shortest time between two deltas. */
  readonly minGapMs?: number;
  /** Bytes a second that deltas may write before the gap is stretched. */
  readonly deltaBytesPerSecond?: number;
  /** Largest share of events ranked before they are learned (prequential metrics); fewer where that would take too long. */
  readonly sample?: number;
  /** Largest share of the trainer's time that such ranking may take. */
  readonly sampleTime?: number;
  /** Histories held in memory at most; those of other shoppers are loaded by key. */
  readonly activeUsers?: number;
  /** Days after his last rating in which a shopper's ratings are forgotten. */
  readonly raterDays?: number;
  /** Event types of the shop's own, as ingest and serving know them; others are kept and not learned. */
  readonly customTypes?: CustomTypes;
  /** Where an empty database's first lineage begins; default with nothing. */
  readonly initFrom?: InitFrom | undefined;
  /** How the model is updated, and what a refit that the trainer asks for is to do. */
  readonly refit?: Partial<RefitPolicy>;
  /** Share of probe shoppers' lists that a refit must leave as they are for its gate to let it through. */
  readonly leastOverlap?: number;
  /** The least sizes that rounds may have when training falls behind (budget/budget); `fixed`: always the model's. */
  readonly budget?: BudgetPolicy;
}

export interface InitFrom {
  /** An exported model's directory, or a file of vectors (transfer/source). */
  readonly path: string;
  readonly shop: 'same' | 'other';
  readonly experience: number;
}

export type BudgetPolicy = 'fixed' | LeastSizes;

/** K 64 without replay: what that costs in accuracy is in docs/experiments.md. */
export const DEFAULT_BUDGET: LeastSizes = { replay: 0, negatives: 64 };

export interface ResolvedTrainerOptions {
  readonly model: ModelConfig;
  readonly threads: number;
  readonly engine: EngineName;
  readonly maxItems: number;
  readonly maxWords: number;
  readonly publish: 'significant' | 'all';
  readonly minGapMs: number;
  readonly deltaBytesPerSecond: number;
  readonly sample: number;
  readonly sampleTime: number;
  readonly activeUsers: number;
  readonly raterDays: number;
  readonly customTypes: CustomTypes;
  readonly initFrom: InitFrom | undefined;
  readonly refit: RefitPolicy;
  readonly leastOverlap: number;
  readonly budget: BudgetPolicy;
  /** Events taken from the log into one round at most (and always at least one entry). */
  readonly maxRoundEvents: number;
  /** How often the loop looks at the log without having been woken. */
  readonly pollMs: number;
}

export function resolveTrainerOptions(options: TrainerOptions = {}): ResolvedTrainerOptions {
  return {
    model: { ...DEFAULT_MODEL, ...options.model },
    threads: options.threads ?? 1,
    engine: options.engine ?? 'auto',
    maxItems: options.maxItems ?? 262_144,
    maxWords: options.maxWords ?? 100_000,
    publish: options.publish ?? 'significant',
    minGapMs: options.minGapMs ?? 20,
    deltaBytesPerSecond: options.deltaBytesPerSecond ?? 5_000_000,
    sample: options.sample ?? 1,
    sampleTime: options.sampleTime ?? 0.01,
    activeUsers: options.activeUsers ?? 1_000_000,
    raterDays: options.raterDays ?? 400,
    customTypes: checkCustomTypes(options.customTypes ?? {}),
    initFrom: options.initFrom,
    leastOverlap: options.leastOverlap ?? LEAST_OVERLAP,
    refit: { strategy: 'incremental', options: DEFAULT_REFIT, everyHours: 24, growth: 0.5, ...options.refit },
    budget: options.budget ?? DEFAULT_BUDGET,
    maxRoundEvents: 4_096,
    pollMs: 1_000,
  };
}
