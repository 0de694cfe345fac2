/** The fields of an item that filters and facets speak of, and what an item has in them. Pure. */
import type { LookedFields } from '@freshet/shared/domain/item-look';
import { foldCase } from '@freshet/shared/domain/text';

export type Scalar = string | number | boolean;
export type ScalarType = 'string' | 'number' | 'boolean';

/** Types of the fields that every item can have; an attribute's is each item's own. */
const TYPES = { price: 'number', available: 'boolean', brand: 'string', categories: 'string' } as const satisfies Record<string, ScalarType>;
const ATTRIBUTE = 'attributes.';
const NONE: readonly Scalar[] = [];

export const FILTER_FIELDS: readonly string[] = Object.keys(TYPES);
/** For messages. */
export const FIELDS_THERE_ARE = `${FILTER_FIELDS.join(', ')} and attributes.NAME`;

/** Whether a filter or a facet can name this field. */
export function isFilterField(name: string): boolean {
  return Object.hasOwn(TYPES, name) || (name.startsWith(ATTRIBUTE) && name.length > ATTRIBUTE.length);
}

/** Undefined: any, of an attribute. */
export function typeOf(name: string): ScalarType | undefined {
  return name === 'price' || name === 'available' || name === 'brand' || name === 'categories' ? TYPES[name] : undefined;
}

export type ReadValues = (fields: LookedFields) => readonly Scalar[];

/** Reads an item's values of the field, as they were sent. */
export function readerOf(name: string): ReadValues {
  if (name === 'price') return ({ price }) => (price === undefined ? NONE : [price]);
  if (name === 'brand') return ({ brand }) => (brand === undefined ? NONE : [brand]);
  if (name === 'categories') return ({ categories }) => categories ?? NONE;
  // What isn't said to be unavailable is available, as in every answer.
  if (name === 'available') return ({ available }) => [available !== false];
  const attribute = name.slice(ATTRIBUTE.length);
  return (fields) => {
    const value = fields.attribute === undefined ? own(fields.attributes, attribute) : fields.attribute(attribute);
    if (value === undefined) return NONE;
    return typeof value === 'object' ? value : [value];
  };
}

function own(attributes: LookedFields['attributes'], name: string): NonNullable<LookedFields['attributes']>[string] | undefined {
  return attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/** The form in which values are compared: case and outer white space of texts don't count, as with categories elsewhere. */
export function comparable(value: Scalar): Scalar {
  return typeof value === 'string' ? foldCase(value) : value;
}

/** One part of a JSON pointer. */
export function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
