/**
 * Which shoppers are probes: those with the smallest hashes among all who are in memory with a history of their own. So the choice
 * is seeded and even, stays the same while they stay, and whoever leaves memory is replaced by one other.
 */
import type { UserRef } from '../event.js';
import type { HistoryOutline } from '../packed/unpack.js';
import { random32 } from '../random.js';

/** As many as serving follows and the gate of a refit asks, and how much of their lists is compared. */
export const PROBES = 50;
export const PROBE_LIST = 20;

export interface Choice {
  readonly seed: number;
  readonly count: number;
  /** Awaited now and then on the way through all histories, so that requests are answered in between. */
  readonly rest: () => Promise<void>;
}

/** Histories looked at before `rest`. */
const AT_ONCE = 1_000;

export async function chooseProbes(histories: Iterable<readonly [UserRef, HistoryOutline]>, { seed, count, rest }: Choice): Promise<UserRef[]> {
  /** Smallest hash first. */
  const chosen: { ref: UserRef; hash: number }[] = [];
  let looked = 0;
  for (const [ref, history] of histories) {
    if (++looked % AT_ONCE === 0) await rest();
    if (history.events === 0 || history.joined) continue;
    const hash = hashOf(ref, seed);
    if (chosen.length >= count && hash >= (chosen.at(-1)?.hash ?? 0)) continue;
    const place = chosen.findIndex((one) => hash < one.hash);
    chosen.splice(place < 0 ? chosen.length : place, 0, { ref, hash });
    if (chosen.length > count) chosen.pop();
  }
  return chosen.map(({ ref }) => ref);
}

function hashOf(ref: UserRef, seed: number): number {
  return random32(seed, Number.parseInt(ref.slice(0, 8), 16), Number.parseInt(ref.slice(8), 16));
}
