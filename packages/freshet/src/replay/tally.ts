/**
 * Counts what a file's reader leaves out, so that nothing disappears silently.
 *
 * 1. Every `add` is counted under its reason; only the first few are kept as examples.
 * 2. At most `REASONS` different reasons are kept; more are counted together as `other`.
 */
export interface Tally {
  readonly total: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** The first few, as `record 17: reason`. */
  readonly examples: readonly string[];
}

export interface TallyCounter extends Tally {
  add(reason: string, where: string): void;
}

const EXAMPLES = 5;
const REASONS = 20;

export function createTally(): TallyCounter {
  const reasons = new Map<string, number>();
  const examples: string[] = [];
  let total = 0;
  return {
    get total() {
      return total;
    },
    get reasons() {
      return Object.fromEntries(reasons);
    },
    examples,
    add(reason, where) {
      total++;
      const key = reasons.has(reason) || reasons.size < REASONS ? reason : 'other';
      reasons.set(key, (reasons.get(key) ?? 0) + 1);
      if (examples.length < EXAMPLES) examples.push(`${where}: ${reason}`);
    },
  };
}

/** One line for people: `3 left out (2 no item, 1 no user); first: record 4: no item`; empty when nothing was. */
export function describeTally(tally: Tally, verb: string): string {
  if (tally.total === 0) return '';
  const parts = Object.entries(tally.reasons).map(([reason, count]) => `${count} ${reason}`);
  return `${tally.total} ${verb} (${parts.join(', ')}); first: ${tally.examples.join('; ')}`;
}
