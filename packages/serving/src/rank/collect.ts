/**
 * What a scan has found → the items of a list: rotated, diversified, named, with their reasons. Rows and scores are copied out before
 * reasons are given, because reasons may not depend on the order of scans.
 */
import { foldCase } from '@freshet/shared/domain/text';
import type { TableSet } from '../store/table-set.js';
import { diversify, poolFor } from './diversify.js';
import type { RankedItem, RankInput, Reason } from './input.js';
import type { ScoredRow } from './reasons.js';
import { ruleParts } from './ruled.js';
import { type Drawn, rotate, type Rotation, rotationPool } from './rotate.js';

/** How many rows a list of the request is chosen from. */
export function poolOf({ limit, diversity, rotation }: RankInput): number {
  return Math.max(poolFor(limit, diversity), rotationPool(limit, rotation?.rotation ?? 0));
}

/** `count`: found rows and scores of the last scan. */
export function collect(input: RankInput, count: number, explain: (found: ScoredRow) => Reason[]): RankedItem[] {
  const { model: { set }, limit, diversity, rotation } = input;
  const drawn = rotation === undefined ? undefined : draw(set, count, rotation);
  return diversify(set, { count, limit, diversity, groupsOf: (row) => groupsOf(input, row) }).flatMap(({ row, score: key }): RankedItem[] => {
    const id = set.nameOf(row);
    if (id === undefined) return [];
    const one = drawn?.get(row);
    const score = one?.logit ?? key;
    // Chosen for its difference, too, its place has no probability that could be told.
    const propensity = one === undefined || diversity > 0 ? {} : { propensity: one.propensity };
    if (!input.reasons) return [{ id, score, ...propensity }];
    const ruled = ruleParts(input, id);
    return [{ id, score, ...propensity, reasons: [...explain({ row, score: score - ruled.added }), ...ruled.reasons] }];
  });
}

/** Puts the found rows into the order drawn, with its keys in place of their scores. */
function draw(set: TableSet, count: number, rotation: Rotation): ReadonlyMap<number, Drawn<number>> {
  const pool = Array.from(set.foundRows.subarray(0, count), (row, place) => ({ one: row, id: set.nameOf(row) ?? '', logit: set.foundScores[place] ?? 0 }));
  const drawn = rotate(pool, rotation);
  drawn.forEach(({ one, key }, place) => {
    set.foundRows[place] = one;
    set.foundScores[place] = key;
  });
  return new Map(drawn.map((one) => [one.one, one]));
}

function groupsOf({ model, shelf, diversity }: RankInput, row: number): readonly string[] {
  const id = diversity === 0 ? undefined : model.set.nameOf(row);
  const fields = id === undefined ? undefined : shelf.catalogue.look(id);
  if (fields === undefined) return [];
  const { brand } = fields;
  const categories = (fields.categories ?? []).map((category) => `category ${foldCase(category)}`);
  return brand === undefined ? categories : [...categories, `brand ${foldCase(brand)}`];
}
