/** What is taken most now, as an answer. In: the window, a category, a filter; or the page it goes on from. */
import type { HttpReply } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import type { Matches } from '../filter/matches.js';
import { useFilter } from '../filter/use.js';
import { hiddenOf } from '../rank/hidden.js';
import type { RankedItem } from '../rank/input.js';
import { trending, trendingAmong, type TrendWindow } from '../rank/trending.js';
import { wantedFields, withFields } from './fields.js';
import { listAnswer, seedFor } from './list-answer.js';
import type { Asked } from './made-list.js';
import { DEFAULT_LIMIT } from './schemas.js';
import { shown } from './shown.js';
import { isReached, reach } from './waiting.js';
import type { Page, Wish } from './wish.js';

export interface TrendingWish extends Pick<Wish, 'limit' | 'filter' | 'fields' | 'after_sequence'> {
  readonly window?: string;
  readonly category?: string;
  readonly available?: string;
}

interface How {
  readonly started: number;
  readonly page: Page | undefined;
  readonly matches?: Matches;
}

export function trendingNow(engine: Engine, wish: TrendingWish, page?: Page): HttpReply | Promise<HttpReply> {
  const how = { started: performance.now(), page };
  if (isReached(engine, wish.after_sequence)) return answer(engine, wish, how);
  return reach(engine, wish.after_sequence).then(() => answer(engine, wish, how));
}

function answer(engine: Engine, wish: TrendingWish, how: How): HttpReply | Promise<HttpReply> {
  const { page, started } = how;
  const model = engine.view();
  const { set } = model;
  const now = engine.clock.now();
  const filter = wish.filter && useFilter(wish.filter, engine.shelf, how.matches ?? engine.filterMatches.kept(wish.filter));
  const window: TrendWindow = wish.window === '1h' || wish.window === '7d' ? wish.window : '1d';
  const limit = wish.limit ?? DEFAULT_LIMIT;
  const anyAvailability = wish.available === 'any';
  const input = { window, limit, column: anyAvailability ? 'any' : 'served', now, filter, hidden: page && hiddenOf(page.shown) } as const;
  const rows = wish.category === undefined ? trending(set, input) : trendingAmong(set, engine.shelf.inCategory(wish.category), input);
  if (filter?.isShort === true) return engine.filterMatches.collect(filter.filter).then((matches) => answer(engine, wish, { ...how, matches }));
  const wanted = wantedFields(wish.fields);
  const items = rows.flatMap(({ row, score }): RankedItem[] => {
    const id = set.nameOf(row);
    return id === undefined ? [] : [withFields(shown({ id, score }), engine.shelf, wanted)];
  });
  const texts = { window, ...(wish.category === undefined ? {} : { category: wish.category }), ...(filter && { filter: filter.filter.key }) };
  const nobody = { person: undefined, ofUser: false, excludeSeen: false, excluded: [], diversity: 0, rotation: 0, context: undefined } as const;
  const asked: Asked = { ...nobody, method: 'trending', limit, anyAvailability, seed: page?.seed ?? seedFor(undefined, now), texts };
  return listAnswer(engine, { model, rung: 'trending', items, asked, before: page?.shown ?? [], now, started });
}
