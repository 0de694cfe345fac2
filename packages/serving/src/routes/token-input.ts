/**
 * A list's request again, from its token: as it would be ranked now. In: a token of `rank` or `similar`, its shopper's history at hand.
 */
import { problem } from '@freshet/shared/http/problem';
import type { Engine } from '../engine.js';
import { type Filter, readFilter } from '../filter/expression.js';
import type { FilterUse } from '../filter/use.js';
import type { RankInput } from '../rank/input.js';
import { sessionPart } from '../rank/working-history.js';
import type { TableSet } from '../store/table-set.js';
import type { ListToken } from '../token/content.js';
import { hashOf } from '../token/hash.js';
import { NO_SESSION } from './recommend.js';

/** What the token's pages before have shown and what its request excludes are left out alike. */
export function inputOf(engine: Engine, token: ListToken, filter: FilterUse | undefined): RankInput {
  const { person, texts } = token;
  const now = engine.clock.now();
  const model = engine.beside.viewOf(token.modelVersion);
  const rules = engine.rules.use({ context: token.context, segments: texts.segments ?? [], now, before: token.shown.length - token.own });
  return {
    model,
    shelf: engine.shelf,
    history: person === undefined ? undefined : engine.people.find(person),
    session: texts.session === undefined ? NO_SESSION : sessionPart(texts.session, engine.customTypes),
    item: texts.item_id,
    limit: token.limit,
    diversity: token.diversity,
    rotation: token.rotation === 0 ? undefined : token,
    rules,
    excludeIds: [...idsOf(engine, model.set, new Set([...token.excluded, ...shownBefore(token)])), ...(rules?.excludeIds ?? [])],
    excludeSeen: token.excludeSeen,
    anyAvailability: token.anyAvailability,
    filter,
    reasons: false,
    now,
  };
}

/** The filter of the list's request. Checked before it was sealed; one of a later release that this one can't read is refused rather than left out. */
export function filterOf({ texts: { filter: key } }: ListToken): Filter | undefined {
  if (key === undefined) return undefined;
  const read = readFilter(Object.fromEntries(JSON.parse(key) as [string, unknown][]));
  if (read.ok) return read.filter;
  throw problem(422, 'list_not_explained', { detail: 'That list was asked for with a filter that this process can’t read: ask for a new list.' });
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
