/** What an answer is computed from: plain data, fetched before the synchronous ranking block. */
import type { History, HistoryEvent, Mark } from '@freshet/shared/domain/history';
import type { FilterUse } from '../filter/use.js';
import type { ModelView } from '../follow/model-view.js';
import type { Shelf } from '../store/shelf.js';
import type { RulesUse } from '../rules/rules.js';
import type { Hidden } from './hidden.js';
import type { Rotation } from './rotate.js';

/** The rungs of the ladder, best first, and `together`, which is a list of its own; `fallback` of an answer names the one that gave it. */
export type Rung = 'personal' | 'session' | 'similar' | 'trending' | 'newest' | 'together';

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
  /** By the request; what rules leave out they say themselves. */
  readonly excludeIds: readonly string[];
  readonly excludeSeen: boolean;
  /** What every item of the answer passes, by the request and by the rules. */
  readonly filter?: FilterUse | undefined;
  /** What the shop wants of the list; without an active rule undefined. */
  readonly rules?: RulesUse | undefined;
  /** What the pages before this one have shown. */
  readonly hidden?: Hidden | undefined;
  /** How far a list may be drawn from its best order; without it not at all. */
  readonly rotation?: Rotation | undefined;
  /** Whether places may go to items that hardly anybody has touched; without it none does. */
  readonly exploration?: Exploration | undefined;
  /** Unavailable items may be shown too. */
  readonly anyAvailability: boolean;
  readonly reasons: boolean;
  readonly now: number;
}

/** Of explore.ts. */
export interface Exploration {
  readonly share: number;
  readonly seed: number;
  /** Items that earlier pages have shown. */
  readonly before: number;
}

export interface SessionPart {
  readonly events: readonly HistoryEvent[];
  readonly marks: ReadonlyMap<string, Mark>;
}

/**
 * What a part of a score rests on: an event of the history (`history`), the item being looked at (`looking`), having had the item before
 * (`repeat`), what others took next (`follow`), how often it is taken (`popularity`), what all shoppers have in common (`general`), an item
 * it is like (`similar`), a rule of the shop (`rule`), its place among what is taken or described last (`trending`, `newest`), smaller parts together (`other`), and
 * what single precision leaves over (`rounding`).
 */
export const REASON_KINDS = ['history', 'looking', 'repeat', 'follow', 'popularity', 'general', 'similar', 'trending', 'newest', 'rule', 'other', 'rounding'] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];

/** A part of a score; the contributions of an item's reasons add up to its score. */
export interface Reason {
  readonly kind: ReasonKind;
  /** The item of the event, or that is looked at, was followed or is like it. */
  readonly item_id?: string;
  /** What was done with it, as it was sent; of `history` and `repeat`, where it is known. */
  readonly event_type?: string;
  /** How long ago. */
  readonly age_seconds?: number;
  /** Of `rule`: its id. */
  readonly rule?: string;
  /** Of `other`: how many parts. */
  readonly count?: number;
  readonly contribution: number;
}

/**
 * What has put an item into a list beside its rung: it fills the list up (`newest`), a rule has pinned or raised it (`pin`, `boost`: it might have
 * come without, too), it has its place to be tried (`exploration`).
 */
export const ITEM_SOURCES = ['newest', 'pin', 'boost', 'exploration'] as const;
export type ItemSource = (typeof ITEM_SOURCES)[number];

export interface RankedItem {
  readonly id: string;
  readonly score: number;
  /** Of a list that was drawn, where it can be told: how likely it was to get this place, given those before it. */
  readonly propensity?: number;
  /** Where it was found, if not by the list's rung. */
  readonly source?: ItemSource;
  /** It has this place to be tried, not for its score. */
  readonly explored?: boolean;
  readonly reasons?: readonly Reason[];
}

export interface Ranking {
  readonly rung: Rung;
  readonly items: readonly RankedItem[];
  /** Chance has had a part in it: the place of an item without a propensity is neither certain nor known how likely. */
  readonly isDrawn?: boolean;
}
