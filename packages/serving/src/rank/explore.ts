/**
 * The exploration slot: now and then a place of a list goes to an item that hardly anybody has touched, so that new items can earn
 * their rows.
 *
 * For each PER places of a list, with probability `share` (0 to 1), one of them, drawn evenly, is given away; to whom is drawn with probability
 * ∝ e^score among the LOOKED described last that have a row (made of their words), fewer than FEW events, and may be shown at all.
 * 1. At most one item in PER places; nothing that may not be in the list; the others keep their order.
 * 2. The same seed gives the same slots on all pages, in every process.
 * An item's `propensity` is share / PER · (what it was drawn with), PER being less in a shorter last run of places.
 */
import { randomUnit } from '@freshet/shared/domain/random';
import { STAT } from '@freshet/shared/domain/tables';
import { NOT_SERVED } from '../store/layout.js';
import type { Exploration, RankedItem, RankInput, Ranking } from './input.js';
import { columnOf, newestFor } from './prepare.js';
import { type Drawn, rotate } from './rotate.js';

const PER = 10;
const FEW = 10;
const LOOKED = 200;

/** As a request asks for it; undefined without. `before`: items that earlier pages have shown. */
export function explorationOf(share: number | undefined, seed: number, before: number): Exploration | undefined {
  return share === undefined || share === 0 ? undefined : { share, seed, before };
}

interface Slot {
  readonly place: number;
  /** With which it was this one. */
  readonly probability: number;
}

/** While query and column are the request's. */
export function explore(input: RankInput, ranking: Ranking): Ranking {
  const { exploration } = input;
  if (exploration === undefined || ranking.rung === 'trending' || ranking.rung === 'newest') return ranking;
  if (exploration.share === 0) return ranking;
  const drawn = rotate(candidates(input, ranking.items), { rotation: 1, seed: exploration.seed });
  if (drawn.length === 0) return ranking;
  // Which place is given away is drawn, and whether one is: so no other item's place is as likely as rotation alone had made it.
  const items = ranking.items.map(withoutPropensity);
  slotsOf(exploration, items.length).forEach(({ place, probability }, n) => {
    const one = drawn[n];
    if (one !== undefined) items.splice(place, 0, explored(input, one, probability));
  });
  return { ...ranking, items: items.slice(0, input.limit), isDrawn: true };
}

function withoutPropensity(item: RankedItem): RankedItem {
  const { propensity, ...others } = item;
  return propensity === undefined ? item : others;
}

function slotsOf({ share, seed, before }: Exploration, length: number): Slot[] {
  const slots: Slot[] = [];
  for (let first = 0; first < length; first += PER) {
    const run = before + first;
    const places = Math.min(PER, length - first);
    if (randomUnit(seed, run, 1) >= share) continue;
    slots.push({ place: first + Math.floor(randomUnit(seed, run, 2) * places), probability: share / places });
  }
  return slots;
}

function candidates(input: RankInput, listed: readonly RankedItem[]): { one: number; id: string; logit: number }[] {
  const { model: { set }, shelf, filter, hidden } = input;
  const column = columnOf(input);
  const mayShow = newestFor(input);
  const known = new Set(listed.map(({ id }) => id));
  return shelf.lastArrivals(LOOKED).flatMap((id) => {
    const row = set.rowOf(id);
    if (row === undefined || (set.scale[row] ?? 0) === 0 || (set[column][row] ?? NOT_SERVED) < -1e38) return [];
    if ((set.stat[row * STAT.words + STAT.count] ?? 0) >= FEW || known.has(id) || !mayShow(id)) return [];
    if (filter?.passes(id) === false || hidden?.has(id) === true) return [];
    return [{ one: row, id, logit: set.scoreOf(row, column) }];
  });
}

function explored(input: RankInput, { id, logit, propensity }: Drawn<number>, probability: number): RankedItem {
  return { id, score: logit, source: 'exploration', explored: true, propensity: probability * propensity, ...(input.reasons ? { reasons: [{ kind: 'newest', contribution: logit }] } : {}) };
}
