/** An item's fields and a change's, put together. Pure. */
import type { ItemFields } from './entry.js';

/** In the order in which every document has them: objects that are put together alike share their hidden class, those that are spread don't. */
const NAMES = ['title', 'description', 'categories', 'brand', 'price', 'available', 'image_url', 'url'] as const satisfies readonly (keyof ItemFields)[];

/** The fields of `before`, if given, under those of `now`; attributes likewise, each for itself. Neither of the two is changed. */
export function mergeFields(before: ItemFields | undefined, now: ItemFields): ItemFields {
  const all: ItemFields = Object.fromEntries(NAMES.flatMap((name) => {
    const value = now[name] ?? before?.[name];
    return value === undefined ? [] : [[name, value]];
  }));
  const attributes = [...Object.entries(before?.attributes ?? {}), ...Object.entries(now.attributes ?? {})];
  return attributes.length === 0 ? all : Object.assign(all, { attributes: Object.fromEntries(attributes) });
}
