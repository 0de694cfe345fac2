/**
 * Which parts of an item's texts a search found. In: the item's fields and the words of the index that were looked for. Out: at most
 * HIGHLIGHTS texts with the places of these words, in UTF-16 units; nothing is marked up, so nothing has to be escaped. Pure.
 *
 * 1. Places are in order and don't overlap or touch: pairs of characters that follow each other are one place.
 */
import type { ItemFields } from '@freshet/shared/domain/entry';
import { textsOf } from './fields.js';
import { HIGHLIGHTS } from './limits.js';
import type { Forms } from './stems.js';
import { textWords } from './words.js';

export interface Highlight {
  /** Place of the text in the item: `/title`, `/categories/0`, `/attributes/colour`. */
  readonly field: string;
  readonly text: string;
  /** From and to, the latter not included. */
  readonly ranges: readonly (readonly [number, number])[];
}

export function highlight(fields: ItemFields, wanted: ReadonlySet<string>, forms: Forms): readonly Highlight[] {
  const highlights: Highlight[] = [];
  for (const { pointer, text } of textsOf(fields)) {
    if (highlights.length === HIGHLIGHTS) break;
    const ranges = rangesOf(text, wanted, forms);
    if (ranges.length > 0) highlights.push({ field: pointer, text, ranges });
  }
  return highlights;
}

function rangesOf(text: string, wanted: ReadonlySet<string>, forms: Forms): readonly (readonly [number, number])[] {
  const words = textWords(text).filter((word) => forms(word).some((form) => wanted.has(form)));
  const ranges: [number, number][] = [];
  for (const { start, end } of words.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = ranges.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else ranges.push([start, end]);
  }
  return ranges;
}
