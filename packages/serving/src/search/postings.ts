/**
 * Which items have a word, and how much of it: one list a word, in two typed arrays. Pure.
 *
 * 1. A list is in the order of its items' numbers, each once; putting and dropping one moves what lies behind it.
 */
export interface Postings {
  /** Items. */
  readonly count: number;
  readonly items: Int32Array;
  /** What the word weighs in each, above 0. */
  readonly weights: Float32Array;
}

export interface PostingList extends Postings {
  put(item: number, weight: number): void;
  drop(item: number): void;
}

const FIRST = 2;

export function createPostingList(): PostingList {
  let items = new Int32Array(FIRST);
  let weights = new Float32Array(FIRST);
  let count = 0;

  const grow = (): void => {
    const size = Math.ceil(items.length * 1.5) + 1;
    const more = { items: new Int32Array(size), weights: new Float32Array(size) };
    more.items.set(items);
    more.weights.set(weights);
    ({ items, weights } = more);
  };
  /** Where the item stands, or would. */
  const placeOf = (item: number): number => {
    // Most items come behind all others.
    if (count === 0 || (items[count - 1] ?? 0) < item) return count;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((items[middle] ?? 0) < item) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    get count() {
      return count;
    },
    get items() {
      return items;
    },
    get weights() {
      return weights;
    },
    put(item, weight) {
      const place = placeOf(item);
      if (place === count || items[place] !== item) {
        if (count === items.length) grow();
        items.copyWithin(place + 1, place, count);
        weights.copyWithin(place + 1, place, count);
        items[place] = item;
        count++;
      }
      weights[place] = weight;
    },
    drop(item) {
      const place = placeOf(item);
      if (place === count || items[place] !== item) return;
      items.copyWithin(place, place + 1, count);
      weights.copyWithin(place, place + 1, count);
      count--;
    },
  };
}
