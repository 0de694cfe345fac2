/**
 * Whether the first line of a file names its columns, asked where `--columns` gives places, so that a header isn't learned as an event.
 *
 * 1. Never where a selected cell is empty or has a digit in it: ids mostly have.
 * 2. Else it is a header if the ids' cells are called what ids are called (`SessionId`, `customer`, `sku` …), if the second line has a time or a
 *    number where the first has a word, or if all its ids are whole numbers.
 */
import { parseTime } from './time.js';

/** A selected column: what its cells are, and those of the first two lines. */
export interface FirstCells {
  readonly field: string;
  readonly first: string;
  /** Undefined: the file has one line. */
  readonly second: string | undefined;
}

const IDS: readonly string[] = ['user', 'session', 'item'];
const TEXTS: readonly string[] = ['type', 'text', 'query', 'id', 'query_id', 'recommendation_id'];
const ID_NAMES = /^(user|session|customer|client|visitor|shopper|item|product|article|sku)s?(id|no|number)?$/;

export function isHeader(cells: readonly FirstCells[]): boolean {
  if (cells.some(({ first }) => first.trim() === '' || /\d/.test(first))) return false;
  const ids = cells.filter(({ field }) => IDS.includes(field));
  if (ids.every(({ first }) => ID_NAMES.test(first.toLowerCase().replace(/[^\p{L}]/gu, '')))) return true;
  const figures = cells.filter(({ field }) => !IDS.includes(field) && !TEXTS.includes(field));
  return figures.some(({ second = '' }) => parseTime(second) !== undefined) || ids.every(({ second = '' }) => /^\d+$/.test(second));
}
