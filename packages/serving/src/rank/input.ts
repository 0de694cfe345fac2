/** What an answer is computed from: plain data, fetched before the synchronous ranking block. */
import type { History, HistoryEvent, Mark } from '@freshet/shared/domain/history';
import type { ModelView } from '../follow/model-view.js';
import type { Shelf } from '../store/shelf.js';

/** The rungs of the ladder, best first; `fallback` of an answer names the one that gave it. */
export type Rung = 'personal' | 'session' | 'similar' | 'trending' | 'newest';

export interface RankInput {
  readonly model: ModelView;
  readonly shelf: Shelf;
  /** The shopper's history; undefined for a stranger. */
  readonly history: History | undefined;
  /** Events that the caller hasn't sent yet, already events of a history (positive) or marks (refusals). */
  readonly session: SessionPart;
  /** The item that the shopper is looking at. */
  readonly item: string | undefined;
  readonly limit: number;
  /** From 0, the best items as they are, to 1, see diversify.ts. */
  readonly diversity: number;
  readonly excludeIds: readonly string[];
  readonly excludeSeen: boolean;
  /** Unavailable items may be shown too. */
  readonly anyAvailability: boolean;
  readonly reasons: boolean;
  readonly now: number;
}

export interface SessionPart {
  readonly events: readonly HistoryEvent[];
  readonly marks: ReadonlyMap<string, Mark>;
}

export type ReasonKind = 'history' | 'general' | 'repeat' | 'follow' | 'popularity' | 'similar' | 'trending' | 'newest' | 'other';

/** A part of a score; the contributions of an item's reasons add up to its score. */
export interface Reason {
  readonly kind: ReasonKind;
  readonly item_id?: string;
  readonly contribution: number;
}

export interface RankedItem {
  readonly id: string;
  readonly score: number;
  readonly reasons?: readonly Reason[];
}

export interface Ranking {
  readonly rung: Rung;
  readonly items: readonly RankedItem[];
}
