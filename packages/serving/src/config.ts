/** Serving's options, and what they resolve to. Units stand in the names. */
import { checkCustomTypes } from '@freshet/shared/domain/custom-types';
import type { CustomTypes } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL, type ModelConfig } from '@freshet/shared/domain/model-config';
import type { RecommendationLogLimits } from '@freshet/shared/ports/recommendation-log';
import { DEFAULT_REFIT, type RefitOptions } from '@freshet/shared/ports/refit-log';
import type { RetrievalMode } from './retrieval/modes.js';
import { checkSynonyms, type SynonymGroups } from './search/synonyms.js';

export interface ServingOptions {
  /** Must be the trainer's: deltas of other hyperparameters are refused. */
  readonly model?: Partial<ModelConfig>;
  /** Items the tables have room for; about 1.6 KB each at dim 64, taken when used. Rows beyond are left out and counted. */
  readonly maxItems?: number;
  /** Words there is room for; as for items. */
  readonly maxWords?: number;
  /** How the best items are searched for. Default `auto`: by their number. */
  readonly retrieval?: RetrievalMode;
  /** Groups of words that mean the same in searches. */
  readonly synonyms?: SynonymGroups;
  /** Whether searches are ordered by learned weights, where there are any, or by the defaults. Default `learned`. */
  readonly searchWeights?: 'learned' | 'fixed';
  /** What a refit that is asked for over REST takes where the call doesn't say. As the trainer has it. */
  readonly refit?: Partial<RefitOptions>;
  /** Histories held in memory at most; those of other shoppers are loaded by key. */
  readonly activeUsers?: number;
  /** Event types of the shop's own, as ingest and the trainer know them. */
  readonly customTypes?: CustomTypes;
  /** How often the checkpoint is written by the process that owns it. */
  readonly checkpointSeconds?: number;
  /** Whether this process cuts snapshots and writes the checkpoint (when nobody else does). Default true. */
  readonly upkeep?: boolean;
  /** What the model's events call this process. */
  readonly replica?: string;
  /** The share of lists that the recommendation log keeps, from 0 (none) to 1 (default). */
  readonly recommendationLogSample?: number;
  /** Days that it keeps them. */
  readonly recommendationLogDays?: number;
  /** Lists that it keeps at most. */
  readonly recommendationLogLists?: number;
}

export interface ResolvedRecommendationLog {
  readonly sample: number;
  readonly limits: RecommendationLogLimits;
  /** How old an entry is before its feedback is joined: lists are written a moment after their answers. */
  readonly joinDelayMs: number;
}

export interface ResolvedServingOptions {
  readonly model: ModelConfig;
  readonly maxItems: number;
  readonly maxWords: number;
  readonly retrieval: RetrievalMode;
  readonly synonyms: SynonymGroups;
  readonly searchWeights: 'learned' | 'fixed';
  readonly refit: RefitOptions;
  readonly activeUsers: number;
  readonly customTypes: CustomTypes;
  readonly checkpointMs: number;
  readonly upkeep: boolean;
  readonly replica: string;
  readonly recommendationLog: ResolvedRecommendationLog;
  /** How often a process looks at the labels without having been told of a change. */
  readonly labelPollMs: number;
  /** How often a process looks whether search has other weights. */
  readonly weightsPollMs: number;
  /** How often a follower looks without having been woken. */
  readonly pollMs: number;
  /** How often it is asked whether a snapshot is due. */
  readonly snapshotCheckMs: number;
  /** Person id → reference, remembered. */
  readonly peopleCached: number;
  /** How long `after_sequence` waits. */
  readonly sequenceWaitMs: number;
}

export function resolveServingOptions(options: ServingOptions = {}): ResolvedServingOptions {
  return {
    model: { ...DEFAULT_MODEL, ...options.model },
    maxItems: options.maxItems ?? 262_144,
    maxWords: options.maxWords ?? 100_000,
    retrieval: options.retrieval ?? 'auto',
    synonyms: checkSynonyms(options.synonyms ?? []),
    searchWeights: options.searchWeights ?? 'learned',
    refit: { ...DEFAULT_REFIT, ...options.refit },
    activeUsers: options.activeUsers ?? 1_000_000,
    customTypes: checkCustomTypes(options.customTypes ?? {}),
    checkpointMs: (options.checkpointSeconds ?? 30) * 1_000,
    upkeep: options.upkeep ?? true,
    replica: options.replica ?? '',
    recommendationLog: {
      sample: options.recommendationLogSample ?? 1,
      limits: { maxLists: options.recommendationLogLists ?? 1_000_000, maxAgeMs: (options.recommendationLogDays ?? 30) * 86_400_000 },
      joinDelayMs: 3_000,
    },
    labelPollMs: 1_000,
    weightsPollMs: 5_000,
    pollMs: 250,
    snapshotCheckMs: 15_000,
    peopleCached: 200_000,
    sequenceWaitMs: 1_000,
  };
}
