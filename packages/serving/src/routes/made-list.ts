/** A list as it was made: what its answer and its token are told, and of any list what the recommendation log is. */
import type { LoggedItem } from '@freshet/shared/domain/recommendations';
import type { ModelView } from '../follow/model-view.js';
import type { RankedItem, Rung } from '../rank/input.js';
import type { SearchSource } from '../search/searcher.js';
import type { ListToken } from '../token/content.js';

/** What the token has to know beyond the answer itself. */
export type Asked = Omit<ListToken, 'madeAt' | 'rung' | 'modelVersion' | 'learnedUntil' | 'historySeq' | 'shown' | 'own' | 'whole'>;

export interface MadeList {
  readonly model: ModelView;
  readonly rung: Rung;
  readonly items: readonly RankedItem[];
  readonly asked: Asked;
  /** As `Ranking` has it. */
  readonly isDrawn?: boolean | undefined;
  /** Hashes of what the pages before have shown. */
  readonly before: readonly number[];
  /** Milliseconds since 1970, and as `performance.now` has it. */
  readonly now: number;
  readonly started: number;
}

/** A list, or the answer of a search, as the recommendation log keeps it. */
export interface ShownList extends Pick<MadeList, 'model' | 'now'> {
  /** Of a search, what has answered. */
  readonly rung: Rung | SearchSource;
  readonly items: readonly (Pick<RankedItem, 'id' | 'score' | 'propensity' | 'source'> & Pick<LoggedItem, 'features'>)[];
  readonly asked: Pick<Asked, 'context' | 'method' | 'person'> & {
    /** Whether chance had a part in it: a place without a propensity then has none that could be told. */
    readonly isDrawn: boolean;
  };
  /** Items on the pages before. */
  readonly skipped: number;
}
