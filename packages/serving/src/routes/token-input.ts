/**
 * A list's request again, from its token: as it would be ranked now. In: a token of `rank` or `similar`, its shopper's history at hand.
 * The rules are those that hold now; a filter, theirs included, has to be collected (`filter.matches`) before anything is ranked by it.
 */
import type { Engine } from '../engine.js';
import type { Filter } from '../filter/expression.js';
import type { RankInput } from '../rank/input.js';
import type { TableSet } from '../store/table-set.js';
import type { ListToken } from '../token/content.js';
import { hashOf } from '../token/hash.js';
import { type Collected, rankInput } from './rank-input.js';

export interface Ways {
  /** Of the list's request. */
  readonly asked: Filter | undefined;
  /** Without what rules demand: with it there was nothing on the first page. */
  readonly isLoose: boolean;
  readonly collected?: Collected;
}

/** What the token's pages before have shown and what its request excludes are left out alike. */
export function inputOf(engine: Engine, token: ListToken, { asked: filter, isLoose, collected }: Ways): RankInput {
  const model = engine.beside.viewOf(token.modelVersion);
  const before = token.shown.length - token.own;
  const excludeIds = idsOf(engine, model.set, new Set([...token.excluded, ...shownBefore(token)]));
  return rankInput(engine, token, { model, now: engine.clock.now(), before, excludeIds, filter, isLoose, collected, reasons: false });
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
  for (const { id } of engine.shelf.catalogue.looks()) take(id);
  return [...found];
}
