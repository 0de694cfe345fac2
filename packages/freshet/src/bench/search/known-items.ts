/**
 * Known-item queries, as in tests of search engines: somebody who knows a title types some of it, and the one item it was made from should come
 * first. Pure; the same (seed, number) gives the same queries.
 *
 * whole: the title. prefix: its beginning, cut anywhere between half of it and its last character. typo: the title with one letter of one
 * word (of four letters or more) left out, doubled, exchanged with the next or replaced. two_words: any two words of a title of at least four.
 */
import { randomBelow } from '@freshet/shared/domain/random';

export const KINDS = ['whole', 'prefix', 'typo', 'two_words'] as const;
export type Kind = (typeof KINDS)[number];

export interface KnownItem {
  readonly id: string;
  readonly query: string;
}

const LEAST_CHARS = 4;
const LEAST_WORDS = 4;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

/** `count` queries of a kind, or fewer when no title gives one. */
export function knownItems(titles: ReadonlyMap<string, string>, kind: Kind, { seed, count }: { readonly seed: number; readonly count: number }): readonly KnownItem[] {
  const ids = [...titles.keys()];
  const queries: KnownItem[] = [];
  const lane = KINDS.indexOf(kind) * 1_000_000;
  for (let draw = 0; queries.length < count && draw < 20 * count && ids.length > 0; draw++) {
    const id = ids[randomBelow(ids.length, seed, lane + draw, 0)] ?? '';
    const query = make(kind, titles.get(id) ?? '', (n, which) => randomBelow(n, seed, lane + draw, which));
    if (query !== undefined) queries.push({ id, query });
  }
  return queries;
}

/** A number below n; the same for the same `which`. */
type Draw = (n: number, which: number) => number;

function make(kind: Kind, title: string, draw: Draw): string | undefined {
  switch (kind) {
    case 'whole':
      return title;
    case 'prefix':
      return beginning(title, draw);
    case 'typo':
      return misspelt(title, draw);
    case 'two_words':
      return twoWords(title, draw);
  }
}

function beginning(title: string, draw: Draw): string | undefined {
  const half = Math.ceil(title.length / 2);
  if (half < LEAST_CHARS) return undefined;
  return title.slice(0, half + draw(title.length - half, 1)).trim();
}

function misspelt(title: string, draw: Draw): string | undefined {
  const words = title.split(/\s+/);
  const long = words.flatMap((word, i) => (/^\p{L}{4,}$/u.test(word) ? [i] : []));
  if (long.length === 0) return undefined;
  const which = long[draw(long.length, 1)] ?? 0;
  words[which] = wrong(words[which] ?? '', draw);
  return words.join(' ');
}

function wrong(word: string, draw: Draw): string {
  const at = draw(word.length - 1, 2);
  const [letter = '', next = ''] = [word[at], word[at + 1]];
  const other = ALPHABET[draw(ALPHABET.length, 3)] ?? 'x';
  const parts = [next, letter + letter + next, next + letter, (other === letter.toLowerCase() ? 'q' : other) + next];
  return word.slice(0, at) + (parts[draw(parts.length, 4)] ?? next) + word.slice(at + 2);
}

function twoWords(title: string, draw: Draw): string | undefined {
  const words = [...new Set(title.split(/\s+/))].filter((word) => /\p{L}/u.test(word));
  if (words.length < LEAST_WORDS) return undefined;
  const first = draw(words.length, 1);
  const second = (first + 1 + draw(words.length - 1, 2)) % words.length;
  return `${words[first] ?? ''} ${words[second] ?? ''}`;
}
