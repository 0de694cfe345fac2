/** The page's language: which one it is, its texts, and numbers, prices and times as it writes them. */
import { CHINESE, ENGLISH, type Key } from './words.js';

export type Language = 'en' | 'zh';

export interface Text {
  readonly language: Language;
  say(key: Key, values?: Readonly<Record<string, string | number>>): string;
  /** The same for a key that may not be one of ours, such as an event type; `undefined` then. */
  trySay(key: string, values?: Readonly<Record<string, string | number>>): string | undefined;
  count(n: number): string;
  /** Milliseconds, without the unit. */
  ms(n: number): string;
  share(n: number): string;
  price(n: number, currency: string | undefined): string;
  /** How long ago, or how long still. */
  span(ms: number): string;
}

/** Names of texts and seconds, the longest first. */
const UNITS = [['days', 86_400], ['hours', 3_600], ['minutes', 60], ['seconds', 1]] as const;

const TAGS: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' };

export function languageTag(language: Language): string {
  return TAGS[language];
}

export function createText(language: Language): Text {
  const words: Readonly<Record<string, string>> = language === 'zh' ? CHINESE : ENGLISH;
  const tag = TAGS[language];
  const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 });
  const trySay: Text['trySay'] = (key, values = {}) =>
    Object.hasOwn(words, key) ? (words[key] ?? '').replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')) : undefined;
  return {
    language,
    say: (key, values) => trySay(key, values) ?? key,
    trySay,
    count: (n) => whole.format(n),
    ms: (n) => (n < 10 ? n.toFixed(1) : whole.format(n)),
    share: (n) => percent.format(n),
    price: (n, currency) => formatPrice(n, { tag, currency }),
    span(ms) {
      const seconds = Math.floor(ms / 1_000);
      if (seconds < 5) return words['now'] ?? '';
      const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['seconds', 1];
      return trySay(unit, { n: Math.round(seconds / size) }) ?? '';
    },
  };
}

/** A shop's prices have no currency of their own: an attribute may name it. */
function formatPrice(n: number, { tag, currency }: { readonly tag: string; readonly currency: string | undefined }): string {
  const named = currency !== undefined && /^[A-Z]{3}$/.test(currency);
  return new Intl.NumberFormat(tag, named ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } : { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(n);
}
