/**
 * What is taken most now as a list: as one of its own (`listTrending`), and as the ladder's rung `trending`, first in the category of the item being
 * looked at, where there is one.
 *
 * 1. The ladder comes to this when the model knows neither the shopper nor the item: a new visitor on the page of a new item sees what is taken
 *    beside it, then what is taken at all; each item once.
 * 2. Of the item's categories the smallest one counts, the nearest to what it is, if it has at most MOST_MEMBERS items.
 */
import type { RankedItem, RankInput } from './input.js';
import { columnOf } from './prepare.js';
import { rotate, rotationPool } from './rotate.js';
import { ruleParts } from './ruled.js';
import { LADDER_WINDOW, trending, trendingAmong, type TrendingRow, trendOf, type TrendWindow } from './trending.js';

/** Going through more takes longer than an answer may. */
const MOST_MEMBERS = 20_000;

export interface TrendAsked {
  readonly window: TrendWindow;
  /** Only these items; all of them without. */
  readonly among: ReadonlySet<string> | undefined;
}

/** While the column is the request's. */
export function listTrending(input: RankInput, { window, among }: TrendAsked): RankedItem[] {
  const { model: { set }, filter, hidden, now, rules } = input;
  const asked = { window, column: columnOf(input), now, filter, hidden, limit: rules?.raises === true ? rotationPool(input.limit, 1) : input.limit } as const;
  return [...ordered(input, among === undefined ? trending(set, asked) : trendingAmong(set, among, asked))].slice(0, input.limit);
}

/** Of an item that a rule has put into such a list: its counter. */
export function counter({ model: { set }, now }: RankInput, window: TrendWindow, id: string): number {
  const row = set.rowOf(id);
  return (row === undefined ? undefined : trendOf(set, row, { window, now })) ?? 0;
}

export function rankTrending(input: RankInput): RankedItem[] {
  const { model: { set }, rotation, filter, hidden, now } = input;
  const pool = input.rules?.raises === true ? rotationPool(input.limit, 1) : rotationPool(input.limit, rotation?.rotation ?? 0);
  const asked = { window: LADDER_WINDOW, column: columnOf(input), now, filter, hidden } as const;
  const beside = trendingAmong(set, categoryOf(input), { ...asked, limit: pool });
  const rows = new Set(beside.map(({ row }) => row));
  const others = trending(set, { ...asked, limit: pool + rows.size }).filter(({ row }) => !rows.has(row));
  return [...ordered(input, beside), ...ordered(input, others)].slice(0, input.limit);
}

/** Rows that come before all others, whatever is taken more. */
export function rowsBeside(input: RankInput): readonly number[] {
  const { model: { set }, filter } = input;
  return [...categoryOf(input)].flatMap((id) => (filter?.passes(id) === false ? [] : (set.rowOf(id) ?? [])));
}

function categoryOf({ item, shelf }: RankInput): Iterable<string> {
  const categories = item === undefined ? [] : (shelf.catalogue.look(item)?.categories ?? []);
  const members = categories.map(shelf.inCategory).filter(({ size }) => size <= MOST_MEMBERS);
  return members.toSorted((a, b) => a.size - b.size)[0] ?? [];
}

function ordered(input: RankInput, rows: readonly TrendingRow[]): readonly RankedItem[] {
  const { model: { set }, rotation, rules } = input;
  const items = rows.flatMap(({ row, score }): RankedItem[] => {
    const id = set.nameOf(row);
    return id === undefined ? [] : [{ id, score, ...(input.reasons ? { reasons: [{ kind: 'trending', contribution: score }] } : {}) }];
  });
  if (rules?.raises === true) return raised(input, items);
  if (rotation === undefined) return items;
  // A counter's logarithm is a logit: drawn in proportion to the counters when r = 1.
  return rotate(items.map((one) => ({ one, id: one.id, logit: logitOf(one) })), rotation).map(({ one, propensity }) => ({ ...one, propensity }));
}

/** Rules add to the logarithm of the counter. They don't change the score that is shown, which is the counter. */
function raised(input: RankInput, items: readonly RankedItem[]): RankedItem[] {
  const pool = items.map((one) => {
    const { added, reasons } = ruleParts(input, one.id);
    return { one: withReasons(one, reasons), id: one.id, logit: logitOf(one) + added };
  });
  const drawn = input.rotation === undefined ? pool.toSorted((a, b) => b.logit - a.logit) : rotate(pool, input.rotation);
  return drawn.map(({ one }) => one);
}

function withReasons(item: RankedItem, ruled: RankedItem['reasons']): RankedItem {
  return item.reasons === undefined ? item : { ...item, reasons: [...item.reasons, ...(ruled ?? []).map((reason) => ({ ...reason, contribution: 0 }))] };
}

function logitOf({ score }: RankedItem): number {
  return Math.log(Math.max(score, Number.MIN_VALUE));
}
