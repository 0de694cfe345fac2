/**
 * What a list is ranked from: of a request (recommend.ts), and of the token that stands for one (token-input.ts), built alike, so that an explanation is
 * of the list as it was asked for. To be called in the synchronous block that ranks.
 *
 * 1. The rules are those that hold now, for the segments that the request names, else for those the shop has stored of its shopper.
 */
import type { Engine } from '../engine.js';
import type { Filter } from '../filter/expression.js';
import type { Matches } from '../filter/matches.js';
import { useFilter } from '../filter/use.js';
import type { ModelView } from '../follow/model-view.js';
import { explorationOf } from '../rank/explore.js';
import type { Hidden } from '../rank/hidden.js';
import type { RankInput, SessionPart } from '../rank/input.js';
import { sessionPart } from '../rank/working-history.js';
import type { Asked } from './made-list.js';
import { segmentsOf } from './segments.js';

export const NO_SESSION: SessionPart = { events: [], marks: new Map() };

/** All items that pass the filter of this key. */
export interface Collected {
  readonly key: string;
  readonly matches: Matches;
}

export interface InputParts {
  readonly model: ModelView;
  readonly now: number;
  /** How many items earlier pages have shown. */
  readonly before: number;
  readonly excludeIds: readonly string[];
  readonly hidden?: Hidden | undefined;
  /** Of the request; what rules say beside it comes here. */
  readonly filter: Filter | undefined;
  /** Without what rules demand: with it there was nothing on the first page. */
  readonly isLoose: boolean;
  readonly collected?: Collected | undefined;
  readonly reasons: boolean;
}

type InputAsked = Pick<Asked, 'context' | 'person' | 'texts' | 'limit' | 'diversity' | 'rotation' | 'seed' | 'excludeSeen' | 'anyAvailability'>;

export function rankInput(engine: Engine, asked: InputAsked, parts: InputParts): RankInput {
  const { person, texts, limit, diversity, rotation, seed, excludeSeen, anyAvailability } = asked;
  const { model, now, before, excludeIds, hidden, reasons } = parts;
  const rules = engine.rules.use({ context: asked.context, segments: segmentsOf(engine, texts.segments, person), now, before });
  const filter = rules === undefined ? parts.filter : rules.filter(parts.filter, !parts.isLoose);
  return {
    model,
    shelf: engine.shelf,
    history: person === undefined ? undefined : engine.people.find(person),
    session: texts.session === undefined ? NO_SESSION : sessionPart(texts.session, engine.customTypes),
    item: texts.item_id,
    limit,
    diversity,
    rotation: rotation === 0 ? undefined : { rotation, seed },
    exploration: explorationOf(texts.explore, seed, before),
    hidden,
    rules,
    excludeIds,
    excludeSeen,
    anyAvailability,
    filter: filter && useFilter(filter, engine.shelf, matchesOf(engine, filter, parts.collected)),
    reasons,
    now,
  };
}

/**
 * Whether a list is to be made again without what rules demand, which must not leave nothing to show; what they leave out stays out. Only its first
 * page is: behind what passes an empty page is the end. Its token then says that it is loose, and its pages are.
 */
export function mayLoosen({ before, isLoose }: { readonly before: readonly number[]; readonly isLoose: boolean }, listed: number, { rules }: RankInput): boolean {
  return listed === 0 && before.length === 0 && rules?.demands === true && !isLoose;
}

function matchesOf({ filterMatches }: Engine, filter: Filter, collected: Collected | undefined): Matches | undefined {
  return collected?.key === filter.key ? collected.matches : filterMatches.kept(filter);
}
