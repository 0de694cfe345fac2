/**
 * A query → what is looked for: one concept a word, each with the words of the index that may stand for it. Pure, given what the index has.
 *
 * 1. A word that the shop's texts have is taken as it is meant, with its stems and synonyms; typos are looked for only in words that
 *    no text has. So a query of known words costs the same however large the vocabulary is.
 * 2. The last word may be unfinished: words that begin with it count.
 * 3. At most QUERY_WORDS words, each once; at most EXPANSIONS words of the index for a beginning, and for a typo.
 */
import { EXPANSIONS, QUERY_WORDS } from './limits.js';
import type { Weighted } from './scorer.js';
import type { Forms } from './stems.js';
import type { Synonyms } from './synonyms.js';
import type { TextIndex } from './text-index.js';
import { queryWords, type Word } from './words.js';

export interface Concept {
  /** The word as it was asked for. */
  readonly word: string;
  /** Each once, and only words that the index has. */
  readonly terms: readonly Weighted[];
}

export interface PlanParts {
  readonly forms: Forms;
  readonly synonyms: Synonyms;
  readonly index: Pick<TextIndex, 'frequency' | 'beginningWith' | 'near'>;
}

/** What a word of the index is worth beside the very word that was asked for. */
const WORTH = { stem: 0.8, synonym: 0.7, variant: 0.6, beginning: 0.6, typo: 0.45 } as const;
/** A letter more, or another one, costs so much of a letter that is right. */
const LETTER = { beginning: 0.3, typo: 1 } as const;
/** A word of fewer letters has too many neighbours to guess among. */
const TYPO_CHARS = 4;
const TWO_TYPOS_CHARS = 9;
/** Shorter parts of a word are chance. */
const HALF_CHARS = 3;
/** One letter begins too many words. */
const PREFIX_CHARS = 2;

export function planQuery(query: string, parts: PlanParts): readonly Concept[] {
  const words = distinct(queryWords(query)).slice(0, QUERY_WORDS);
  return words.map((word, i) => ({
    word: word.text,
    terms: best([
      ...ownTerms(word, parts),
      ...(i === words.length - 1 ? beginnings(word, parts) : []),
      ...joinedTerms(words, i, parts),
    ], parts),
  }));
}

/** Of a word that stands for several reasons the best. */
function best(terms: readonly Weighted[], { index }: PlanParts): readonly Weighted[] {
  const byText = new Map<string, Weighted>();
  for (const term of terms) {
    if ((byText.get(term.text)?.weight ?? 0) < term.weight && index.frequency(term.text) > 0) byText.set(term.text, term);
  }
  return [...byText.values()];
}

function distinct(words: readonly Word[]): Word[] {
  return [...new Map(words.map((word) => [word.text, word])).values()];
}

function ownTerms(word: Word, parts: PlanParts): readonly Weighted[] {
  const { forms, synonyms, index } = parts;
  const own = forms(word);
  const meant = own.map((text, i): Weighted => ({ text, weight: i === 0 ? 1 : WORTH.stem }));
  const others = synonyms.of(own).flatMap((other) => forms(other).map((text, i): Weighted => ({ text, weight: i === 0 ? WORTH.synonym : WORTH.synonym * WORTH.stem })));
  const isKnown = own.some((text) => index.frequency(text) > 0);
  return isKnown || word.gram ? [...meant, ...others] : [...meant, ...others, ...guesses(word, parts)];
}

/** What a word that no text has may have been meant for. */
function guesses({ text }: Word, { index, forms }: PlanParts): readonly Weighted[] {
  const has = (word: string): boolean => index.frequency(word) > 0;
  const variants = variantsOf(text, has).map((word): Weighted => ({ text: word, weight: WORTH.variant }));
  if (text.length < TYPO_CHARS) return variants;
  const near = index.near(text, text.length < TWO_TYPOS_CHARS ? 1 : 2, EXPANSIONS);
  const typos = near.map(([word, letters]): Weighted => ({ text: word, weight: (WORTH.typo * text.length) / (text.length + LETTER.typo * letters) }));
  // “candels” is “candles”, and so is every “candle”.
  const stems = near.slice(0, 1).flatMap(([word]) => forms({ text: word, written: word, gram: false }).slice(1).map((stem): Weighted => ({ text: stem, weight: WORTH.typo * WORTH.stem })));
  return [...variants, ...typos, ...stems];
}

function beginnings({ text, gram }: Word, { index }: PlanParts): readonly Weighted[] {
  if (gram || text.length < PREFIX_CHARS) return [];
  return index.beginningWith(text, EXPANSIONS).map((word): Weighted => ({ text: word, weight: (WORTH.beginning * text.length) / (text.length + LETTER.beginning * (word.length - text.length)) }));
}

/** “tea pot” is a teapot. */
function joinedTerms(words: readonly Word[], place: number, { index }: PlanParts): readonly Weighted[] {
  const word = words[place];
  if (word === undefined || word.gram) return [];
  const [before, after] = [words[place - 1], words[place + 1]];
  const joined = [before?.gram === false ? before.text + word.text : '', after?.gram === false ? word.text + after.text : ''];
  return joined.filter((text) => text !== '' && index.frequency(text) > 0).map((text): Weighted => ({ text, weight: WORTH.variant }));
}

/** Neighbouring letters exchanged; two words written as one; an umlaut written with an e. Only what the shop's texts have. */
function variantsOf(word: string, has: (word: string) => boolean): readonly string[] {
  const letters = Array.from(word);
  const exchanged = letters.slice(1).map((letter, i) => [...letters.slice(0, i), letter, letters[i] ?? '', ...letters.slice(i + 2)].join(''));
  const umlauts = word.replaceAll('ae', 'a').replaceAll('oe', 'o').replaceAll('ue', 'u');
  return [...new Set([...exchanged, umlauts])].filter(has).concat(halvesOf(letters, has));
}

function halvesOf(letters: readonly string[], has: (word: string) => boolean): readonly string[] {
  for (let i = HALF_CHARS; i <= letters.length - HALF_CHARS; i++) {
    const halves = [letters.slice(0, i).join(''), letters.slice(i).join('')];
    if (halves.every(has)) return halves;
  }
  return [];
}
