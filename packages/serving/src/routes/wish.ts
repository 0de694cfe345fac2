/** What a list is asked for with, once it is checked: its ids are cleaned (ids.ts), its events and its filter read (unsent.ts, filter-wish.ts). */
import type { UserRef } from '@freshet/shared/domain/event';
import type { Filter } from '../filter/expression.js';
import type { Language } from '../messages/messages.js';
import type { UnsentEvent } from '../rank/working-history.js';
import type { ListContext, WishTexts } from '../token/content.js';
import type { FieldName } from './fields.js';

export interface Wish {
  readonly user_id?: string;
  readonly session_id?: string;
  readonly session?: readonly UnsentEvent[];
  readonly item_id?: string;
  readonly context?: ListContext;
  readonly limit?: number;
  readonly exclude_ids?: readonly string[] | string;
  readonly exclude_seen?: boolean;
  readonly diversity?: number;
  readonly rotation?: number;
  readonly explore?: number;
  readonly available?: 'only' | 'any';
  readonly filter?: Filter | undefined;
  readonly segments?: readonly string[];
  readonly explain?: boolean;
  readonly language?: Language;
  readonly fields?: readonly FieldName[] | string;
  readonly after_sequence?: number;
  readonly wait_for?: 'model' | 'history';
}

export type Method = 'rank' | 'similar' | 'together';

/** Of a list that goes on from another one: what its token says beyond a wish. */
export interface Page {
  readonly seed: number;
  readonly person: UserRef | undefined;
  readonly ofUser: boolean;
  /** Hashes, as in the token. */
  readonly excluded: readonly number[];
  readonly shown: readonly number[];
  readonly texts: Pick<WishTexts, 'loose'>;
}
