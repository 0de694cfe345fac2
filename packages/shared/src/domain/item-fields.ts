/**
 * An item's fields as they are kept for long: what many items have in common (a brand, categories, a colour) is there once, and items that are described
 * alike share their hidden class. A usual shop's documents take half the memory so (`bench memory --of serving`). Pure but for what is remembered.
 */
import type { ItemFields } from './entry.js';

type Attribute = NonNullable<ItemFields['attributes']>[string];

export interface FieldKeeper {
  /** The fields of `before`, if given, under those of `now`; attributes likewise, each for itself. */
  keep(before: ItemFields | undefined, now: ItemFields): ItemFields;
}

/** In the order in which every document has them: objects that are put together alike share their hidden class, those that are spread don't. */
const NAMES = ['title', 'description', 'categories', 'brand', 'price', 'available', 'image_url', 'url'] as const satisfies readonly (keyof ItemFields)[];
/** Texts, and lists of them, that are shared at most, and how long they are at most: beyond that each document has its own. */
const SHARED = 100_000;
const SHARED_CHARS = 64;

export function createFieldKeeper(): FieldKeeper {
  const textOf = createShared<string>();
  const listOf = createShared<readonly string[]>();
  const shareText = (text: string): string => textOf(text, () => text);
  const shareList = (list: readonly string[]): readonly string[] => listOf(JSON.stringify(list), () => list.map(shareText));
  const share = (value: Attribute): Attribute => {
    if (typeof value === 'string') return shareText(value);
    return typeof value === 'object' ? shareList(value) : value;
  };

  return {
    keep(before, now) {
      const all: ItemFields = Object.fromEntries(NAMES.flatMap((name) => {
        const value = now[name] ?? before?.[name];
        return value === undefined ? [] : [[name, name === 'brand' || name === 'categories' ? share(value) : value]];
      }));
      const attributes = [...Object.entries(before?.attributes ?? {}), ...Object.entries(now.attributes ?? {})];
      return attributes.length === 0 ? all : Object.assign(all, { attributes: Object.fromEntries(attributes.map(([name, value]) => [name, share(value)])) });
    },
  };
}

/** The first value that came with a key. */
function createShared<T>(): (key: string, make: () => T) => T {
  const known = new Map<string, T>();
  return (key, make) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make();
    if (key.length <= SHARED_CHARS && known.size < SHARED) known.set(key, made);
    return made;
  };
}
