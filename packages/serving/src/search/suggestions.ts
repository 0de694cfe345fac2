/**
 * What somebody who has typed so far may be about to type. In: the query's concepts and the items its words find, the last word being
 * a beginning. Out: queries, categories and brands, those of most and best fitting items first. Pure.
 *
 * 1. Every suggestion comes from an item that may be shown: asked for, it finds something.
 * 2. Of a script without spaces the suggestion is the run of characters around what was typed.
 */
import type { LookedFields } from '@freshet/shared/domain/item-look';
import { foldCase } from '@freshet/shared/domain/text';
import type { RankInput } from '../rank/input.js';
import type { Shelf } from '../store/shelf.js';
import type { Concept } from './plan.js';
import type { Forms } from './stems.js';
import { queryWords, textWords, type Word } from './words.js';

export interface SuggestionInput extends Pick<RankInput, 'rules'> {
  readonly query: string;
  readonly limit: number;
  readonly shelf: Shelf;
}

export interface Suggestion {
  readonly text: string;
  readonly kind: 'query' | 'category' | 'brand';
  /** Of the items looked at, those that have it. */
  readonly count: number;
}

export interface SuggestionParts {
  readonly concepts: readonly Concept[];
  readonly forms: Forms;
  readonly items: readonly { readonly fields: LookedFields; readonly score: number }[];
}

/** Items looked at: those whose words fit best. */
const LOOKED_AT = 300;
/** Characters of a run that is suggested. */
const RUN_CHARS = 24;
const RUN = /[\p{L}\p{N}\p{M}ー]+/gu;

interface Tally {
  readonly kind: Suggestion['kind'];
  readonly text: string;
  count: number;
  score: number;
}

export function suggest({ query, limit }: SuggestionInput, { concepts, forms, items }: SuggestionParts): readonly Suggestion[] {
  const last = queryWords(query).at(-1);
  if (last === undefined) return [];
  const wanted = new Set(concepts.at(-1)?.terms.map(({ text }) => text));
  const typed = query.slice(0, last.gram ? 0 : last.start).trimStart().toLowerCase();
  const tallies = new Map<string, Tally>();
  for (const { fields, title, score } of bestFitting(items)) {
    const found = new Map<string, Suggestion['kind']>();
    for (const text of last.gram ? runs(query, title) : completions({ typed, last, wanted, forms }, title)) found.set(text, 'query');
    for (const name of fields.categories ?? []) if (begins(name, last)) found.set(name, 'category');
    const { brand } = fields;
    if (brand !== undefined && begins(brand, last)) found.set(brand, 'brand');
    for (const [text, kind] of found) count(tallies, { text, kind, score });
  }
  tallies.delete(`query ${foldCase(query)}`);
  const sorted = [...tallies.values()].sort((a, b) => b.score - a.score || (a.text < b.text ? -1 : 1));
  return sorted.slice(0, limit).map(({ text, kind, count: n }) => ({ text, kind, count: n }));
}

interface Titled {
  readonly fields: LookedFields;
  readonly title: string;
  readonly score: number;
}

/** Those with the same score in the order of their titles, which are read for those only that may be among them. */
function bestFitting(items: SuggestionParts['items']): readonly Titled[] {
  const sorted = [...items].sort((a, b) => b.score - a.score);
  const least = sorted[LOOKED_AT - 1]?.score ?? -Infinity;
  const titled = sorted.filter(({ score }) => score >= least).map(({ fields, score }) => ({ fields, title: fields.title, score }));
  return titled
    .sort((a, b) => b.score - a.score || (String(a.title) < String(b.title) ? -1 : 1))
    .slice(0, LOOKED_AT)
    .map((one) => ({ ...one, title: one.title ?? '' }));
}

function count(tallies: Map<string, Tally>, { text, kind, score }: Pick<Tally, 'text' | 'kind' | 'score'>): void {
  const key = `${kind} ${foldCase(text)}`;
  const tally = tallies.get(key) ?? { kind, text, count: 0, score: 0 };
  tally.count++;
  tally.score += score;
  tallies.set(key, tally);
}

interface Typed {
  /** What stands before the last word. */
  readonly typed: string;
  readonly last: Word;
  /** Words of the index that may stand for it. */
  readonly wanted: ReadonlySet<string>;
  readonly forms: Forms;
}

/** The last word as the title has it; where it is whole, with the next word, too. */
function completions({ typed, last, wanted, forms }: Typed, title: string): readonly string[] {
  const words = textWords(title);
  return words.flatMap((word, i) => {
    const isBegun = word.text.startsWith(last.text);
    if (word.gram || !(isBegun || forms(word).some((form) => wanted.has(form)))) return [];
    const next = words[i + 1];
    const isWhole = word.text === last.text && next !== undefined && !next.gram;
    return isWhole ? [`${typed}${word.written} ${next.written}`] : [typed + word.written];
  });
}

function runs(query: string, title: string): readonly string[] {
  const typed = foldCase(query);
  return (foldCase(title).match(RUN) ?? []).filter((run) => run.includes(typed) && run.length <= RUN_CHARS);
}

function begins(name: string, { text }: Word): boolean {
  return textWords(name).some((word) => word.text.startsWith(text));
}
