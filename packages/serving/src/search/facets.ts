/**
 * Facets: how many items of a search have each value of a field, so that a shop can offer what to narrow it by. Pure.
 *
 * 1. A field is counted without its own condition: who has chosen “red” still sees how many are blue. All other conditions hold.
 * 2. Of texts and booleans the FACET_VALUES most frequent are shown, equal counts in the order of the values; of numbers the least and the largest.
 * 3. Texts that differ by case alone are one value, shown as it was met first.
 */
import type { LookedFields } from '@freshet/shared/domain/item-look';
import type { Condition } from '../filter/expression.js';
import { comparable, type ReadValues, readerOf, type Scalar } from '../filter/values.js';
import { FACET_VALUES } from './limits.js';

export interface Facet {
  /** Items that have a value. */
  readonly count: number;
  readonly values?: readonly { readonly value: string | boolean; readonly count: number }[];
  readonly min?: number;
  readonly max?: number;
}

export interface FacetCounter {
  /** Whether the item passes the whole filter; it is counted where it should be. One that nobody has described (undefined) passes none and has no value. */
  take(fields: LookedFields | undefined): boolean;
  facets(): Readonly<Record<string, Facet>>;
}

interface Tally {
  count: number;
  min: number;
  max: number;
  readonly read: ReadValues;
  readonly values: Map<Scalar, { readonly value: string | boolean; count: number }>;
}

export function createFacetCounter(names: readonly string[], conditions: readonly Condition[]): FacetCounter {
  const tallies = new Map(names.map((name): [string, Tally] => [name, { count: 0, min: Infinity, max: -Infinity, read: readerOf(name), values: new Map() }]));
  return {
    take(fields) {
      if (fields === undefined) return conditions.length === 0;
      const failed = conditions.filter((condition) => !condition.holds(fields));
      if (failed.length === 0) for (const tally of tallies.values()) add(tally, fields);
      const [only] = failed;
      const own = failed.length === 1 && only !== undefined ? tallies.get(only.field) : undefined;
      if (own !== undefined) add(own, fields);
      return failed.length === 0;
    },
    facets: () => Object.fromEntries([...tallies].map(([name, tally]) => [name, shown(tally)])),
  };
}

function add(tally: Tally, fields: LookedFields): void {
  const values = tally.read(fields);
  if (values.length === 0) return;
  tally.count++;
  const seen = new Set<Scalar>();
  for (const value of values) {
    const key = comparable(value);
    if (seen.has(key)) continue;
    seen.add(key);
    if (typeof value === 'number') {
      tally.min = Math.min(tally.min, value);
      tally.max = Math.max(tally.max, value);
    } else {
      const entry = tally.values.get(key) ?? { value, count: 0 };
      entry.count++;
      tally.values.set(key, entry);
    }
  }
}

function shown({ count, min, max, values }: Tally): Facet {
  const sorted = [...values.entries()].sort(([a, x], [b, y]) => y.count - x.count || (String(a) < String(b) ? -1 : 1));
  return {
    count,
    ...(values.size > 0 ? { values: sorted.slice(0, FACET_VALUES).map(([, entry]) => ({ ...entry })) } : {}),
    ...(min <= max ? { min, max } : {}),
  };
}
