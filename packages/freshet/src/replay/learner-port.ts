/** What a replay needs of the trainer's learner: a part of its port, and the factory that makes one. */
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import type { EngineName } from '@freshet/trainer/engine/names';
import type { Learner } from '@freshet/trainer/learner/port';

export type { LearnerEvent, RoundOptions, RoundReport } from '@freshet/trainer/learner/port';

export type ReplayLearner = Pick<Learner, 'round' | 'learn' | 'cut' | 'read' | 'examine' | 'sink' | 'whole' | 'histories' | 'adopt' | 'now' | 'adoptWords' | 'itemWords' | 'close'>;
/** A copy that ranks by what was published. */
export type PublishedLearner = Pick<Learner, 'examine' | 'sink'>;

export interface LearnerRequest {
  readonly model: ModelConfig;
  /** Training threads. */
  readonly threads: number;
  readonly engine: EngineName;
  /** Rows of the item table. */
  readonly maxItems: number;
  /** Rows of the word table; with none, texts teach nothing. */
  readonly maxWords: number;
  /** Items count as known from their first event on, catalogued or not. */
  readonly trustedItems: boolean;
  /** Which rows a cut holds: those that moved significantly, or all that moved. */
  readonly publish?: 'significant' | 'all';
  /** Events move no row (the strategy `full`). */
  readonly hold?: boolean;
}

export type LearnerFactory = (request: LearnerRequest) => Promise<ReplayLearner>;
