/** The texts of an item that are searched, by field. Pure. */
import type { ItemFields } from '@freshet/shared/domain/entry';
import { escapePointer } from '../filter/values.js';
import { FIELD_CHARS } from './limits.js';

export const TEXT_FIELDS = ['title', 'brand', 'categories', 'attributes'] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

/** A text of an item and its place in the item's document, as a JSON pointer. */
export interface FieldText {
  readonly field: TextField;
  readonly pointer: string;
  readonly text: string;
}

/** Attributes looked at. */
const ATTRIBUTES = 32;

export function textsOf(fields: ItemFields): readonly FieldText[] {
  const texts: FieldText[] = [];
  const add = (field: TextField, pointer: string, text: string): void => void texts.push({ field, pointer, text: text.slice(0, FIELD_CHARS) });
  if (fields.title !== undefined) add('title', '/title', fields.title);
  if (fields.brand !== undefined) add('brand', '/brand', fields.brand);
  fields.categories?.forEach((name, i) => add('categories', `/categories/${i}`, name));
  for (const [name, value] of Object.entries(fields.attributes ?? {}).slice(0, ATTRIBUTES)) {
    const pointer = `/attributes/${escapePointer(name)}`;
    if (typeof value === 'string') add('attributes', pointer, value);
    // 0.5 would be found by 0 and by 5: of numbers, whole ones are words.
    else if (typeof value === 'number' && Number.isInteger(value)) add('attributes', pointer, String(value));
    else if (typeof value === 'object') value.forEach((one, i) => add('attributes', `${pointer}/${i}`, one));
  }
  return texts;
}

/** Whether two versions of an item have the same texts: a price or its availability alone changes nothing. */
export function haveSameTexts(before: ItemFields, now: ItemFields): boolean {
  if (before.title !== now.title || before.brand !== now.brand) return false;
  const [a, b] = [textsOf(before), textsOf(now)];
  return a.length === b.length && a.every(({ pointer, text }, i) => pointer === b[i]?.pointer && text === b[i]?.text);
}
