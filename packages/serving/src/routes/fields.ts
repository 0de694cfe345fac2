/**
 * `fields` of a list: what the shop says about each item, sent along with it, so that a page needs no request per item.
 * In: the names as asked for, in a body as a list, in a query with commas between. Out: the named fields an item has.
 * An item that nobody has described has none of them.
 */
import type { ItemFields } from '@freshet/shared/domain/entry';
import type { Shelf } from '../store/shelf.js';

export const FIELD_NAMES = ['title', 'description', 'categories', 'brand', 'price', 'available', 'image_url', 'url', 'attributes'] as const satisfies readonly (keyof ItemFields)[];
export type FieldName = (typeof FIELD_NAMES)[number];

const NOTHING: readonly FieldName[] = [];

/** The schema has checked the names by now. */
export function wantedFields(fields: readonly FieldName[] | string | undefined): readonly FieldName[] {
  if (fields === undefined) return NOTHING;
  return typeof fields === 'string' ? FIELD_NAMES.filter((name) => fields.split(',').includes(name)) : fields;
}

/** `item` itself when nothing is wanted. */
export function withFields<T extends { readonly id: string }>(item: T, shelf: Shelf, wanted: readonly FieldName[]): T & { readonly fields?: ItemFields } {
  if (wanted.length === 0) return item;
  const fields = shelf.catalogue.find(item.id)?.fields;
  if (fields === undefined) return item;
  return { ...item, fields: Object.fromEntries(wanted.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]]))) };
}
