/**
 * Text → words with their places. Pure.
 *
 * 1. A word is a run of letters, digits and marks in NFKC, lower case, without diacritics; an apostrophe inside is left out.
 * 2. What is written without spaces (Chinese, Japanese, Thai …), or joins words and particles (Korean), becomes pairs of neighbouring characters; a text has its single
 *    characters, too, a query only where a character stands alone.
 * 3. Places are offsets into the text as it was given, in UTF-16 units, so that `text.slice(start, end)` is what was read.
 */
export interface Word {
  /** As it is compared. */
  readonly text: string;
  /** In lower case, with its diacritics: what a stemmer reads. */
  readonly written: string;
  readonly start: number;
  readonly end: number;
  /** Characters of a script without spaces: they have no stem, and no typos. */
  readonly gram: boolean;
}

const RUNS = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu;
const UNDIVIDED_CHARACTER = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hangul}ー]/u;
const PARTS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hangul}ー]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hangul}ー]+/gu;
const LETTERS = /[^\p{L}\p{N}\p{M}]/gu;
const MARKS = /\p{Mn}/gu;

export function textWords(text: string): Word[] {
  return readWords(text, (characters) => [...pairs(characters), ...characters]);
}

export function queryWords(text: string): Word[] {
  return readWords(text, (characters) => (characters.length > 1 ? pairs(characters) : characters));
}

/** Without what makes no difference to who searches. ß is ss and ς is σ, as in NFKC's case folding. */
export function foldWord(written: string): string {
  return written.replaceAll('ß', 'ss').replaceAll('ς', 'σ').normalize('NFD').replace(MARKS, '').normalize('NFC');
}

interface Piece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function readWords(text: string, grams: (characters: readonly Piece[]) => readonly Piece[]): Word[] {
  const words: Word[] = [];
  for (const run of text.matchAll(RUNS)) {
    for (const part of run[0].matchAll(PARTS)) {
      const start = run.index + part.index;
      if (UNDIVIDED_CHARACTER.test(part[0])) for (const gram of grams(charactersOf(part[0], start))) add(words, gram, true);
      else add(words, { text: part[0], start, end: start + part[0].length }, false);
    }
  }
  return words;
}

function add(words: Word[], { text, start, end }: Piece, gram: boolean): void {
  const written = text.normalize('NFKC').toLowerCase().replace(LETTERS, '');
  const folded = gram ? written : foldWord(written);
  if (folded !== '') words.push({ text: folded, written, start, end, gram });
}

function charactersOf(text: string, from: number): Piece[] {
  let start = from;
  return Array.from(text, (character) => {
    const end = start + character.length;
    const piece = { text: character, start, end };
    start = end;
    return piece;
  });
}

function pairs(characters: readonly Piece[]): Piece[] {
  return characters.slice(1).map((second, i) => {
    const first = characters[i] ?? second;
    return { text: first.text + second.text, start: first.start, end: second.end };
  });
}
