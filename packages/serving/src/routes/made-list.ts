/** A list as it was made: what its answer, its token and the recommendation log are told. */
import type { ModelView } from '../follow/model-view.js';
import type { RankedItem, Rung } from '../rank/input.js';
import type { ListToken } from '../token/content.js';

/** What the token has to know beyond the answer itself. */
export type Asked = Omit<ListToken, 'madeAt' | 'rung' | 'modelVersion' | 'learnedUntil' | 'historySeq' | 'shown' | 'own' | 'whole'>;

export interface MadeList {
  readonly model: ModelView;
  readonly rung: Rung;
  readonly items: readonly RankedItem[];
  readonly asked: Asked;
  /** Hashes of what the pages before have shown. */
  readonly before: readonly number[];
  /** Milliseconds since 1970, and as `performance.now` has it. */
  readonly now: number;
  readonly started: number;
}
