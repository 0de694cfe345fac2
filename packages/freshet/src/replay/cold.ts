/**
 * Accuracy on items that are new: tested events whose item had fewer than COLD earlier events, in the teaching part or the tested.
 *
 * An item that was described before its first event can be ranked at it; one that wasn't is a miss there. The overall figures
 * count every first event as a miss, described or not, so that they stay those of the published protocol.
 */
export interface ColdFigures {
  readonly tested: number;
  readonly hr_10: number;
  readonly hr_20: number;
  readonly hr_100: number;
  /** The same of the items' very first events alone. */
  readonly first: { readonly tested: number; readonly hr_10: number; readonly hr_20: number; readonly hr_100: number };
}

export interface Cold {
  /** Counts an event of the item; how many it had before. */
  count(item: string): number;
  add(rank: number, earlier: number): void;
  figures(): ColdFigures;
}

const COLD = 5;

export function createCold(): Cold {
  const counts = new Map<string, number>();
  const all: number[] = [];
  const first: number[] = [];
  return {
    count(item) {
      const earlier = counts.get(item) ?? 0;
      counts.set(item, earlier + 1);
      return earlier;
    },
    add(rank, earlier) {
      if (earlier < COLD) all.push(rank);
      if (earlier === 0) first.push(rank);
    },
    figures: () => ({ ...shares(all), first: shares(first) }),
  };
}

function shares(ranks: readonly number[]): ColdFigures['first'] {
  const share = (most: number): number => (ranks.length === 0 ? 0 : ranks.filter((rank) => rank <= most).length / ranks.length);
  return { tested: ranks.length, hr_10: share(10), hr_20: share(20), hr_100: share(100) };
}
