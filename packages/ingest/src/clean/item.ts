/**
 * From an item as sent to a change of the catalogue. In: one parsed JSON value. Out: the change, or one problem.
 *
 * 1. Pure, and the result holds named fields only; attribute names that would change an object are refused.
 * 2. `null` counts as absent; a text that is empty once cleaned too. A patch in which nothing is left is a problem.
 * 3. Cleaning what was cleaned changes nothing.
 */
import type { CatalogueChange, ItemFields } from '@freshet/shared/domain/entry';
import { cleanText, isLongerThan } from '@freshet/shared/domain/text';
import { ATTRIBUTE_CHARS, ATTRIBUTE_NAME_CHARS, CATEGORY_CHARS, ITEM_FIELDS, ITEM_ID_CHARS, type RawItem, rawItemValidator, WORD_CHARS } from './item-schema.js';
import { type Cleaned, firstFinding, rejected } from './problem.js';

export type PutOrPatch = Extract<CatalogueChange, { op: 'put' | 'patch' }>;

export function cleanItem(op: 'put' | 'patch', id: string, raw: unknown): Cleaned<PutOrPatch> {
  const cleanId = cleanItemId(id);
  if (!cleanId.ok) return cleanId;
  const twoIds = otherId(raw, cleanId.value);
  if (twoIds !== undefined) return twoIds;
  const checked = checkShape(raw);
  if (!checked.ok) return checked;
  const fields = cleanFields(checked.value);
  if (!fields.ok) return fields;
  if (op === 'put' && fields.value.title === undefined) return rejected('missing_field', '/title', 'PUT replaces the whole item, so it needs a "title".');
  if (op === 'patch' && Object.keys(fields.value).length === 0) return nothingToChange(raw);
  return { ok: true, value: { op, id: cleanId.value, fields: fields.value } };
}

/** A body may repeat the path's id, not contradict it: one of the two is a mistake, and nobody knows which. */
function otherId(raw: unknown, id: string): ReturnType<typeof rejected> | undefined {
  if (!isRecord(raw) || raw['id'] === undefined || raw['id'] === null) return undefined;
  const own = cleanItemId(raw['id']);
  if (!own.ok) return own;
  return own.value === id ? undefined : rejected('id_mismatch', '/id', `The body is about "${own.value}", the path about "${id}".`);
}

const NAMES_SHOWN = 5;

function nothingToChange(raw: unknown): ReturnType<typeof rejected> {
  const names = isRecord(raw) ? Object.keys(raw).filter((name) => name !== 'id' && name !== 'op') : [];
  const listed = names.slice(0, NAMES_SHOWN).map((name) => `"${name.slice(0, ATTRIBUTE_NAME_CHARS)}"`).join(', ');
  const had = names.length === 0 ? 'It is empty.' : `It has ${listed}${names.length > NAMES_SHOWN ? ' and more' : ''}: null, empty or not known.`;
  return rejected('empty_patch', '', `The patch names no field to change. ${had}`);
}

export function cleanItemId(raw: unknown): Cleaned<string> {
  if (typeof raw !== 'string') return rejected(raw === undefined ? 'missing_field' : 'wrong_type', '/id', 'An item needs an "id", a text.');
  const id = cleanText(raw);
  if (id === '') return rejected('missing_field', '/id', 'An item needs an "id".');
  if (isLongerThan(id, ITEM_ID_CHARS)) return rejected('too_long', '/id', `"id" has more than ${ITEM_ID_CHARS} characters.`);
  return { ok: true, value: id };
}

function checkShape(raw: unknown): Cleaned<RawItem> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return rejected('not_an_object', '', 'An item is a JSON object.');
  const present: Record<string, unknown> = Object.fromEntries(Object.entries(raw).filter(([name, value]) => value !== null && ITEM_FIELDS.has(name)));
  if (isRecord(present['attributes'])) present['attributes'] = withoutNulls(present['attributes']);
  if (rawItemValidator.Check(present)) return { ok: true, value: present };
  return { ok: false, problem: firstFinding(rawItemValidator.Errors(present)) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const TEXTS = [['title', 500], ['description', 10_000], ['brand', 128], ['image_url', 2_048], ['url', 2_048]] as const;

function cleanFields(sent: RawItem): Cleaned<ItemFields> {
  const fields: Mutable<ItemFields> = {};
  for (const [field, limit] of TEXTS) {
    const clean = cleanText(sent[field] ?? '');
    if (isLongerThan(clean, limit)) return tooLong(`/${field}`, `"${field}"`, limit);
    if (clean !== '') fields[field] = clean;
  }
  for (const field of ['image_url', 'url'] as const) {
    // A link that the shop's page will print: never a script.
    if (fields[field] !== undefined && !/^(?:https?:\/\/|\/(?!\/))/i.test(fields[field])) return rejected('wrong_type', `/${field}`, `"${field}" must start with http://, https:// or /.`);
  }
  if (sent.categories !== undefined) fields.categories = cleanList(sent.categories);
  if (fields.categories?.some((category) => isLongerThan(category, CATEGORY_CHARS)) === true) return tooLong('/categories', 'A category', CATEGORY_CHARS);
  // `+ 0`: no negative zero, which JSON would not keep.
  if (sent.price !== undefined) fields.price = sent.price + 0;
  if (sent.available !== undefined) fields.available = sent.available;
  if (sent.attributes === undefined) return { ok: true, value: fields };
  const attributes = cleanAttributes(sent.attributes);
  if (!attributes.ok) return attributes;
  if (Object.keys(attributes.value).length > 0) fields.attributes = attributes.value;
  return { ok: true, value: fields };
}

function cleanList(values: readonly string[]): string[] {
  return [...new Set(values.map(cleanText).filter((value) => value !== ''))];
}

type Attributes = NonNullable<ItemFields['attributes']>;

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

function cleanAttributes(sent: NonNullable<RawItem['attributes']>): Cleaned<Attributes> {
  const attributes: Record<string, Attributes[string]> = {};
  for (const [rawName, sentValue] of Object.entries(sent)) {
    const name = cleanText(rawName);
    if (name === '') continue;
    const pointer = `/attributes/${name}`;
    if (FORBIDDEN_NAMES.has(name)) return rejected('forbidden_name', pointer, `An attribute can't be called "${name}".`);
    if (isLongerThan(name, ATTRIBUTE_NAME_CHARS)) return tooLong('/attributes', 'An attribute’s name', ATTRIBUTE_NAME_CHARS);
    const value = cleanAttribute(sentValue);
    const limit = typeof value === 'string' ? ATTRIBUTE_CHARS : WORD_CHARS;
    const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? (value as readonly string[]) : [];
    if (texts.some((text) => isLongerThan(text, limit))) return tooLong(pointer, `"${name}"`, limit);
    attributes[name] = value;
  }
  return { ok: true, value: attributes };
}

function cleanAttribute(value: Attributes[string]): Attributes[string] {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'number') return value + 0;
  return typeof value === 'boolean' ? value : cleanList(value);
}

/** The schema has counted what was sent; normalising can make a text longer. */
function tooLong(pointer: string, what: string, limit: number): ReturnType<typeof rejected> {
  return rejected('too_long', pointer, `${what} has more than ${limit} characters once it is normalised.`);
}
