/** Small whole numbers in the order in which each was put last: 8 bytes for each up to the largest, and every verb takes the same time. */
import { grown } from './grown.js';

export interface Recency {
  /** It is the newest from now on. */
  put(number: number): void;
  has(number: number): boolean;
  remove(number: number): void;
  /** The one put longest ago; −1 when there is none. */
  readonly oldest: number;
}

const SMALLEST = 1_024;
/** A ring of nodes: number n is node n + 1, and node 0 lies between the newest and the oldest. */
const END = 0;

export function createRecency(): Recency {
  /** Node + 1 of each one's neighbours; 0: it isn't in the ring. */
  let later = new Int32Array(SMALLEST).fill(END + 1, 0, 1);
  let earlier = new Int32Array(SMALLEST).fill(END + 1, 0, 1);

  const isIn = (node: number): boolean => (later[node] ?? 0) !== 0;

  const unlink = (node: number): void => {
    const next = later[node] ?? 0;
    const last = earlier[node] ?? 0;
    later[last - 1] = next;
    earlier[next - 1] = last;
    later[node] = 0;
    earlier[node] = 0;
  };

  const grow = (least: number): void => {
    later = grown(new Int32Array(2 * least), later);
    earlier = grown(new Int32Array(later.length), earlier);
  };

  return {
    put(number) {
      const node = number + 1;
      if (node >= later.length) grow(node);
      if (isIn(node)) unlink(node);
      const newest = earlier[END] ?? 0;
      later[newest - 1] = node + 1;
      earlier[node] = newest;
      later[node] = END + 1;
      earlier[END] = node + 1;
    },
    has: (number) => isIn(number + 1),
    remove(number) {
      if (isIn(number + 1)) unlink(number + 1);
    },
    get oldest() {
      return (later[END] ?? 0) - 2;
    },
  };
}
