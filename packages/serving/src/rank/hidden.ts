/**
 * Items that a page must not have: what the pages before have shown and what the caller didn't want, by the hashes that a token keeps.
 * A scan looks at `size` more than it needs and leaves them out, so that the k best of the others are found however many of these are among
 * the best.
 */
import { hashOf } from '../token/hash.js';

export interface Hidden {
  /** At most so many items. */
  readonly size: number;
  has(id: string): boolean;
}

/** So many a list shows before it ends. With these, or all that a token holds (some 700 shown and excluded ones), a scan still has room for all it has to look at. */
export const MOST_HIDDEN = 500;

export function hiddenOf(hashes: readonly number[]): Hidden {
  const set = new Set(hashes);
  return { size: hashes.length, has: (id) => set.has(hashOf(id)) };
}
