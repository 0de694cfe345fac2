/**
 * A word → its forms: itself and its stems, each once, itself first. The languages of a shop's texts aren't asked for: a word has the
 * stem of every language here (Snowball's English and German), and those who share one find each other.
 *
 * 1. Pure but for a cache of CACHED words, which changes nothing.
 */
import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as german } from '@orama/stemmers/german';
import { foldWord, type Word } from './words.js';

const CACHED = 100_000;
/** Shorter words have no endings to lose. */
const LEAST_CHARS = 4;
const HAS_DIGIT = /\p{N}/u;

export type Forms = (word: Pick<Word, 'text' | 'written' | 'gram'>) => readonly string[];

export function createForms(): Forms {
  let cache = new Map<string, readonly string[]>();
  return ({ text, written, gram }) => {
    if (gram || text.length < LEAST_CHARS || HAS_DIGIT.test(text)) return [text];
    const known = cache.get(written);
    if (known !== undefined) return known;
    const forms = [...new Set([text, foldWord(english(written)), foldWord(german(written))])].filter((form) => form !== '');
    if (cache.size >= CACHED) cache = new Map();
    cache.set(written, forms);
    return forms;
  };
}
