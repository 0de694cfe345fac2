/**
 * What the page knows of items, from whichever answer has named them: titles, prices, pictures, in the page's language.
 * Bounded; an item that nobody has described goes by its id. Attributes that end in `_zh` are its Chinese texts.
 */
import type { Api } from './api.js';
import type { ItemFields, ItemsAnswer } from './answers.js';
import type { Language } from './text.js';

export interface Known {
  learn(items: readonly { readonly id: string; readonly fields?: ItemFields }[]): void;
  /** Asks for those of which nothing is known yet, once each; resolves when they are. */
  fetch(ids: readonly string[]): Promise<void>;
  title(id: string, language: Language): string;
  /** The title without the brand it begins with. */
  shortTitle(id: string, language: Language): string;
  category(id: string, language: Language): string | undefined;
  /** Only what this server itself has: the policy lets no picture in from elsewhere. */
  picture(id: string): string | undefined;
  price(id: string): number | undefined;
  currency(id: string): string | undefined;
}

const LIMIT = 5_000;
/** Ids in one request; 40 of the longest fit into an address. */
const ASKED = 40;

export function createKnown(api: Api): Known {
  const items = new Map<string, ItemFields>();

  const learn: Known['learn'] = (listed) => {
    for (const { id, fields } of listed) if (fields !== undefined) items.set(id, fields);
    // The oldest go first: a map keeps the order of arrival.
    for (const id of items.keys()) {
      if (items.size <= LIMIT) break;
      items.delete(id);
    }
  };
  const attribute = (id: string, name: string): unknown => items.get(id)?.attributes?.[name];
  const chinese = (id: string, name: string, language: Language): string | undefined => {
    const value = attribute(id, name);
    return language === 'zh' && typeof value === 'string' && value !== '' ? value : undefined;
  };

  const title = (id: string, language: Language): string => chinese(id, 'title_zh', language) ?? items.get(id)?.title ?? id;

  return {
    learn,
    async fetch(ids) {
      const missing = [...new Set(ids)].filter((id) => !items.has(id)).slice(0, ASKED);
      if (missing.length === 0) return;
      const { items: found } = await api.get<ItemsAnswer>(`/v1/items?${missing.map((id) => `ids=${encodeURIComponent(id)}`).join('&')}`);
      const byId = new Map(found.map((item) => [item.id, item]));
      learn(missing.map((id) => ({ id, fields: byId.get(id) ?? {} })));
    },
    title,
    shortTitle(id, language) {
      const whole = title(id, language);
      const brand = `${items.get(id)?.brand ?? ''} `;
      return whole.startsWith(brand) && whole.length > brand.length ? whole.slice(brand.length) : whole;
    },
    category: (id, language) => categoryOf(items.get(id), language),
    picture(id) {
      const address = items.get(id)?.image_url;
      return address?.startsWith('/') === true && !address.startsWith('//') ? address : undefined;
    },
    price: (id) => items.get(id)?.price,
    currency(id) {
      const value = attribute(id, 'currency');
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/** The first, most general category. */
export function categoryOf(fields: ItemFields | undefined, language: Language): string | undefined {
  const names = language === 'zh' ? fields?.attributes?.['categories_zh'] : undefined;
  const first: unknown = Array.isArray(names) ? names[0] : undefined;
  return typeof first === 'string' ? first : fields?.categories?.[0];
}
