/**
 * Which items have a word, and how much of it: one list a word, in two typed arrays. Pure.
 *
 * 1. A list is in the order of its items' numbers, each once; putting and dropping one moves what lies behind it.
 * 2. The many words that a single item has (a name, an article number) cost an object each and no arrays: they are half of a catalogue's words and more.
 */
export interface Postings {
  /** Items. */
  readonly count: number;
  readonly items: Int32Array;
  /** What the word weighs in each, above 0. */
  readonly weights: Float32Array;
}

interface Arrays {
  readonly items: Int32Array;
  readonly weights: Float32Array;
}

const FIRST = 4;

/** A class: an object with functions of its own would take more memory than a usual list's items. */
export class PostingList implements Postings {
  #count = 0;
  /** The only one, as long as there are no arrays. */
  #item = 0;
  #weight = 0;
  #arrays: Arrays | undefined;

  get count(): number {
    return this.#count;
  }

  get items(): Int32Array {
    return this.#arrays?.items ?? Int32Array.of(this.#item);
  }

  get weights(): Float32Array {
    return this.#arrays?.weights ?? Float32Array.of(this.#weight);
  }

  put(item: number, weight: number): void {
    if (this.#arrays === undefined && (this.#count === 0 || this.#item === item)) {
      this.#count = 1;
      [this.#item, this.#weight] = [item, weight];
      return;
    }
    const place = this.#placeOf(item);
    const { items, weights } = place < this.#count && this.items[place] === item ? this.#room(0) : this.#room(1);
    if (place === this.#count || items[place] !== item) {
      items.copyWithin(place + 1, place, this.#count);
      weights.copyWithin(place + 1, place, this.#count);
      items[place] = item;
      this.#count++;
    }
    weights[place] = weight;
  }

  drop(item: number): void {
    const place = this.#placeOf(item);
    if (place === this.#count || this.items[place] !== item) return;
    this.#arrays?.items.copyWithin(place, place + 1, this.#count);
    this.#arrays?.weights.copyWithin(place, place + 1, this.#count);
    this.#count--;
  }

  /** The arrays, with room for so many more. */
  #room(more: number): Arrays {
    const known = this.#arrays;
    if (known !== undefined && this.#count + more <= known.items.length) return known;
    const size = Math.max(FIRST, Math.ceil(1.5 * this.#count) + 1);
    const arrays = { items: new Int32Array(size), weights: new Float32Array(size) };
    arrays.items.set(this.items.subarray(0, this.#count));
    arrays.weights.set(this.weights.subarray(0, this.#count));
    return (this.#arrays = arrays);
  }

  /** Where the item stands, or would. */
  #placeOf(item: number): number {
    const { items } = this;
    // Most items come behind all others.
    if (this.#count === 0 || (items[this.#count - 1] ?? 0) < item) return this.#count;
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((items[middle] ?? 0) < item) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
