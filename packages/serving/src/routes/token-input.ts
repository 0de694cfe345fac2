/**
 * A list's request again, from its token: as it would be ranked now. In: a token of `rank` or `similar`, its shopper's history at hand.
 * The rules are those that hold now; a filter, theirs included, has to be collected (`filter.matches`) before anything is ranked by it.
 */
import type { Engine } from '../engine.js';
import type { Filter } from '../filter/expression.js';
import type { Matches } from '../filter/matches.js';
import { useFilter } from '../filter/use.js';
import { explorationOf } from '../rank/explore.js';
import type { RankInput } from '../rank/input.js';
import { sessionPart } from '../rank/working-history.js';
import type { TableSet } from '../store/table-set.js';
import type { ListToken } from '../token/content.js';
import { hashOf } from '../token/hash.js';
import { NO_SESSION } from './recommend.js';

export interface Ways {
  /** Of the list's request. */
  readonly asked: Filter | undefined;
  /** Without what rules demand: with it there was nothing. */
  readonly isLoose: boolean;
  /** All items that pass the filter of this key. */
  readonly collected?: { readonly key: string; readonly matches: Matches };
}

/** What the token's pages before have shown and what its request excludes are left out alike. */
export function inputOf(engine: Engine, token: ListToken, { asked, isLoose, collected }: Ways): RankInput {
  const { person, texts } = token;
  const now = engine.clock.now();
  const model = engine.beside.viewOf(token.modelVersion);
  const before = token.shown.length - token.own;
  const rules = engine.rules.use({ context: token.context, segments: texts.segments ?? [], now, before });
  const filter = rules === undefined ? asked : rules.filter(asked, !isLoose);
  const matches = filter && (collected?.key === filter.key ? collected.matches : engine.filterMatches.kept(filter));
  return {
    model,
    shelf: engine.shelf,
    history: person === undefined ? undefined : engine.people.find(person),
    session: texts.session === undefined ? NO_SESSION : sessionPart(texts.session, engine.customTypes),
    item: texts.item_id,
    limit: token.limit,
    diversity: token.diversity,
    rotation: token.rotation === 0 ? undefined : token,
    exploration: explorationOf(texts.explore, token.seed, before),
    rules,
    excludeIds: idsOf(engine, model.set, new Set([...token.excluded, ...shownBefore(token)])),
    excludeSeen: token.excludeSeen,
    anyAvailability: token.anyAvailability,
    filter: filter && useFilter(filter, engine.shelf, matches),
    reasons: false,
    now,
  };
}

export function shownBefore({ shown, own }: ListToken): readonly number[] {
  return shown.slice(0, shown.length - own);
}

/** All known ids of these hashes; looks through the model's names and the catalogue, which takes some 100 ms of a million items. */
function idsOf(engine: Engine, set: TableSet, hashes: ReadonlySet<number>): string[] {
  if (hashes.size === 0) return [];
  const found = new Set<string>();
  const take = (id: string): void => {
    if (hashes.has(hashOf(id))) found.add(id);
  };
  for (let row = 0; row < set.rows; row++) {
    const id = set.nameOf(row);
    if (id !== undefined) take(id);
  }
  for (const { id } of engine.shelf.catalogue.entries()) take(id);
  return [...found];
}
