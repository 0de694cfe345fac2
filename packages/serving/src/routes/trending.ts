/**
 * What is taken most now, as an answer. In: the window, a category, a filter; or the page it goes on from.
 *
 * 1. It follows the shop's rules as other lists do, those of its context and of `any`; nobody asks for it, so none of those that are for segments.
 */
import type { HttpReply } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import { hiddenOf } from '../rank/hidden.js';
import type { TrendWindow } from '../rank/trending.js';
import { wantedFields, withFields } from './fields.js';
import { listAnswer, seedFor } from './list-answer.js';
import type { Asked } from './made-list.js';
import { type Collected, mayLoosen, rankInput } from './rank-input.js';
import { DEFAULT_LIMIT } from './schemas.js';
import { shown } from './shown.js';
import { isReached, reach } from './waiting.js';
import type { Page, Wish } from './wish.js';

export interface TrendingWish extends Pick<Wish, 'context' | 'limit' | 'filter' | 'fields' | 'after_sequence'> {
  readonly window?: string;
  readonly category?: string;
  readonly available?: string;
}

interface How {
  readonly started: number;
  readonly page: Page | undefined;
  /** Without what rules demand: with it there was nothing on the first page. */
  readonly isLoose?: boolean;
  readonly collected?: Collected;
}

export function trendingNow(engine: Engine, wish: TrendingWish, page?: Page): HttpReply | Promise<HttpReply> {
  const how = { started: performance.now(), page };
  if (isReached(engine, wish.after_sequence)) return answer(engine, wish, how);
  return reach(engine, wish.after_sequence).then(() => answer(engine, wish, how));
}

function answer(engine: Engine, wish: TrendingWish, how: How): HttpReply | Promise<HttpReply> {
  const { page, started, isLoose = page?.texts.loose ?? false, collected } = how;
  const now = engine.clock.now();
  const window = windowOf(wish);
  const asked = askedOf(wish, { window, page, now, isLoose });
  const before = page?.shown ?? [];
  const model = engine.view();
  const input = rankInput(engine, asked, { model, now, before: before.length, excludeIds: [], hidden: page && hiddenOf(before), filter: wish.filter, isLoose, collected, reasons: false });
  const ranking = engine.ranker.trending(input, { window, among: wish.category === undefined ? undefined : engine.shelf.inCategory(wish.category) });
  if (input.filter?.isShort === true) {
    const { filter } = input.filter;
    return engine.filterMatches.collect(filter).then((matches) => answer(engine, wish, { ...how, collected: { key: filter.key, matches } }));
  }
  if (mayLoosen({ before, isLoose }, ranking.items.length, input)) return answer(engine, wish, { ...how, isLoose: true });
  const wanted = wantedFields(wish.fields);
  const items = ranking.items.map((item) => withFields(shown(item), engine.shelf, wanted));
  return listAnswer(engine, { model, rung: 'trending', items, asked, before, now, started });
}

function windowOf({ window }: TrendingWish): TrendWindow {
  return window === '1h' || window === '7d' ? window : '1d';
}

interface AskedOf {
  readonly window: TrendWindow;
  readonly page: Page | undefined;
  readonly now: number;
  readonly isLoose: boolean;
}

function askedOf({ context, category, filter, limit = DEFAULT_LIMIT, available }: TrendingWish, { window, page, now, isLoose }: AskedOf): Asked {
  const nobody = { person: undefined, ofUser: false, excludeSeen: false, excluded: [], diversity: 0, rotation: 0 } as const;
  const texts = { window, ...(category === undefined ? {} : { category }), ...(filter && { filter: filter.key }), ...(isLoose && { loose: true }) };
  return { ...nobody, method: 'trending', context, limit, anyAvailability: available === 'any', seed: page?.seed ?? seedFor(undefined, now), texts };
}
