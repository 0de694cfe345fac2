/**
 * `filter`: a small expression over an item's fields, all parts of which must hold. In: JSON as it was sent. Out: the filter, or every
 * fault with its place. Pure.
 *
 * `{"price": {"gte": 10, "lt": 30}, "categories": {"any": ["mugs"]}, "attributes.colour": "red"}`
 *
 * 1. A field's operators fit its type: only numbers are compared, a price is never a text. Of attributes each item's own value decides:
 *    one of another type doesn't match.
 * 2. Case and outer white space of texts don't count.
 * 3. `none` and `"exists": false` hold for an item without the field; no other operator does.
 * 4. An item that nobody has described passes no filter.
 * 5. Numbers are finite: JSON can write larger ones than there are (1e999), which no filter's key could tell apart.
 */
import type { LookedFields } from '@freshet/shared/domain/item-look';
import { didYouMean } from '@freshet/shared/domain/nearest-name';
import { isLongerThan } from '@freshet/shared/domain/text';
import { comparable, escapePointer, FIELDS_THERE_ARE, FILTER_FIELDS, isFilterField, readerOf, type Scalar, type ScalarType, typeOf } from './values.js';

/** Fields of a filter; values of a list in it; characters of a text in it. A filter is no deeper than field, operator, list. */
export const FILTER_LIMITS = { fields: 16, values: 100, chars: 200 } as const;

export interface Condition {
  readonly field: string;
  holds(fields: LookedFields): boolean;
  /** Where it can hold only for items with one of these values, as they are compared. */
  readonly oneOf?: readonly Scalar[];
}

export interface Filter {
  /** The same for filters that mean the same by their writing. */
  readonly key: string;
  readonly conditions: readonly Condition[];
  passes(fields: LookedFields | undefined): boolean;
}

export interface Fault {
  /** Beginning at the filter: `/price/lte`. */
  readonly pointer: string;
  readonly code: 'unknown_field' | 'unknown_operator' | 'wrong_type' | 'not_finite' | 'too_many' | 'too_long' | 'empty';
  readonly detail: string;
}

export type ReadFilter = { readonly ok: true; readonly filter: Filter } | { readonly ok: false; readonly faults: readonly Fault[] };

type Test = (values: readonly Scalar[]) => boolean;
type Compared = (value: Scalar) => Scalar;

const COMPARE: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  lt: (value, limit) => value < limit,
  lte: (value, limit) => value <= limit,
  gt: (value, limit) => value > limit,
  gte: (value, limit) => value >= limit,
};
const isAny = (values: readonly Scalar[], wanted: ReadonlySet<Scalar>): boolean => values.some((one) => wanted.has(one));
const LISTS: Readonly<Record<string, (values: readonly Scalar[], wanted: ReadonlySet<Scalar>) => boolean>> = {
  any: isAny,
  in: isAny,
  all: (values, wanted) => [...wanted].every((one) => values.includes(one)),
  none: (values, wanted) => !isAny(values, wanted),
};
const OPERATORS = ['eq', ...Object.keys(COMPARE), ...Object.keys(LISTS), 'exists'];

export function readFilter(sent: object): ReadFilter {
  const faults: Fault[] = [];
  const entries: [string, unknown][] = Object.entries(sent);
  if (entries.length > FILTER_LIMITS.fields) faults.push({ pointer: '', code: 'too_many', detail: `must not have more than ${FILTER_LIMITS.fields} fields` });
  const conditions = entries.slice(0, FILTER_LIMITS.fields).flatMap(([field, wanted]) => readField(field, wanted, faults));
  if (faults.length > 0) return { ok: false, faults };
  const passes = (fields: LookedFields | undefined): boolean => fields !== undefined && conditions.every((condition) => condition.holds(fields));
  return { ok: true, filter: { key: JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1))), conditions, passes } };
}

function readField(field: string, wanted: unknown, faults: Fault[]): readonly Condition[] {
  const pointer = `/${escapePointer(field)}`;
  if (!isFilterField(field)) {
    faults.push({ pointer, code: 'unknown_field', detail: `is not a field to filter by; there are ${FIELDS_THERE_ARE}${didYouMean(field, FILTER_FIELDS)}` });
    return [];
  }
  const parts = readParts(wanted, { pointer, type: typeOf(field) }, faults);
  const read = readerOf(field);
  const compared = createCompared();
  const isText = field !== 'price' && field !== 'available';
  const oneOf = parts.find((part) => part.oneOf !== undefined)?.oneOf;
  const holds = (fields: LookedFields): boolean => {
    const values = isText ? read(fields).map(compared) : read(fields);
    return parts.every(({ test }) => test(values));
  };
  return [{ field, holds, ...(oneOf && { oneOf }) }];
}

/** Most items have one of few values: a text is folded once, not once an item. */
function createCompared(): Compared {
  const FOLDED = 1_000;
  const folded = new Map<Scalar, Scalar>();
  return (value) => {
    if (typeof value !== 'string') return value;
    const known = folded.get(value);
    if (known !== undefined) return known;
    const fold = comparable(value);
    if (folded.size < FOLDED) folded.set(value, fold);
    return fold;
  };
}

interface Part {
  readonly test: Test;
  readonly oneOf?: readonly Scalar[];
}

interface Place {
  readonly pointer: string;
  /** Undefined: any, of an attribute. */
  readonly type: ScalarType | undefined;
}

/** A value alone is `eq`, a list alone `any`. */
function readParts(wanted: unknown, place: Place, faults: Fault[]): readonly Part[] {
  if (Array.isArray(wanted)) return readPart('any', wanted, { place, at: place.pointer }, faults);
  if (typeof wanted !== 'object' || wanted === null) return readPart('eq', wanted, { place, at: place.pointer }, faults);
  const entries: [string, unknown][] = Object.entries(wanted);
  if (entries.length === 0) faults.push({ pointer: place.pointer, code: 'empty', detail: `must have one of ${OPERATORS.join(', ')}` });
  return entries.flatMap(([operator, value]) => readPart(operator, value, { place, at: `${place.pointer}/${escapePointer(operator)}` }, faults));
}

function readPart(operator: string, wanted: unknown, { place, at }: { readonly place: Place; readonly at: string }, faults: Fault[]): readonly Part[] {
  if (!OPERATORS.includes(operator)) {
    faults.push({ pointer: at, code: 'unknown_operator', detail: `is not an operator; there are ${OPERATORS.join(', ')}${didYouMean(operator, OPERATORS)}` });
    return [];
  }
  if (operator === 'exists') {
    const exists = readScalar(wanted, { pointer: at, type: 'boolean' }, faults);
    return exists === undefined ? [] : [{ test: (values) => values.length > 0 === exists }];
  }
  const compare = COMPARE[operator];
  if (compare !== undefined) return readComparison(compare, wanted, { place, at }, faults);
  const list = LISTS[operator];
  if (list !== undefined) {
    const values = new Set(readList(wanted, { pointer: at, type: place.type }, faults));
    return [{ test: (given) => list(given, values), ...(operator === 'none' ? {} : { oneOf: [...values] }) }];
  }
  const value = readScalar(wanted, { pointer: at, type: place.type }, faults);
  return value === undefined ? [] : [{ test: (values) => values.includes(value), oneOf: [value] }];
}

function readComparison(compare: (value: number, limit: number) => boolean, wanted: unknown, { place, at }: { readonly place: Place; readonly at: string }, faults: Fault[]): readonly Part[] {
  if (place.type !== undefined && place.type !== 'number') {
    faults.push({ pointer: at, code: 'unknown_operator', detail: 'compares numbers, which this field has none of' });
    return [];
  }
  const limit = readScalar(wanted, { pointer: at, type: 'number' }, faults);
  return typeof limit === 'number' ? [{ test: (values) => values.some((value) => typeof value === 'number' && compare(value, limit)) }] : [];
}

function readList(wanted: unknown, place: Place, faults: Fault[]): readonly Scalar[] {
  const refuse = (code: Fault['code'], detail: string): [] => {
    faults.push({ pointer: place.pointer, code, detail });
    return [];
  };
  if (!Array.isArray(wanted)) return refuse('wrong_type', 'must be a list');
  if (wanted.length === 0) return refuse('empty', 'must not be empty');
  if (wanted.length > FILTER_LIMITS.values) return refuse('too_many', `must not have more than ${FILTER_LIMITS.values} values`);
  return wanted.flatMap((one: unknown, i) => readScalar(one, { ...place, pointer: `${place.pointer}/${i}` }, faults) ?? []);
}

function readScalar(wanted: unknown, { pointer, type }: Place, faults: Fault[]): Scalar | undefined {
  const isScalar = typeof wanted === 'string' || typeof wanted === 'number' || typeof wanted === 'boolean';
  if (!isScalar || (type !== undefined && typeof wanted !== type)) {
    faults.push({ pointer, code: 'wrong_type', detail: `must be a ${type ?? 'string, a number or a boolean'}` });
    return undefined;
  }
  if (typeof wanted === 'number' && !Number.isFinite(wanted)) {
    faults.push({ pointer, code: 'not_finite', detail: 'must be a finite number, none as large as 1e309' });
    return undefined;
  }
  if (typeof wanted === 'string' && isLongerThan(wanted, FILTER_LIMITS.chars)) {
    faults.push({ pointer, code: 'too_long', detail: `must not have more than ${FILTER_LIMITS.chars} characters` });
    return undefined;
  }
  return comparable(wanted);
}
