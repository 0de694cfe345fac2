/**
 * Ratings of a hundred shoppers for fifty items, from a portable generator: s ← 48271·s mod (2³¹ − 1) from 42, rnd = s/(2³¹ − 1),
 * g = Σ of 12 rnd − 6. Biases first, then rows r = clamp(round(3.5 + b_u + b_i + .5 g), 1, 5): 4,000 old ones; then the biases of the
 * first ten items are negated for 1,000 new rows and 1,000 rows that test the drift; then they are restored for 1,000 more.
 */
export interface Row {
  readonly user: number;
  readonly item: number;
  readonly value: number;
}

const MODULUS = 2 ** 31 - 1;

export function ratingStream(): { readonly old: Row[]; readonly fresh: Row[]; readonly drift: Row[]; readonly still: Row[] } {
  let s = 42;
  const rnd = (): number => {
    s = (48_271 * s) % MODULUS;
    return s / MODULUS;
  };
  const g = (): number => Array.from({ length: 12 }, rnd).reduce((a, b) => a + b, 0) - 6;
  const users = Array.from({ length: 100 }, () => 0.5 * g());
  const items = Array.from({ length: 50 }, () => 0.7 * g());
  const rows = (count: number): Row[] =>
    Array.from({ length: count }, () => {
      const user = Math.floor(100 * rnd());
      const item = Math.floor(50 * rnd());
      return { user, item, value: Math.max(1, Math.min(5, Math.round(3.5 + (users[user] ?? 0) + (items[item] ?? 0) + 0.5 * g()))) };
    });
  const negate = (): void => {
    for (let i = 0; i < 10; i++) items[i] = -(items[i] ?? 0);
  };
  const old = rows(4_000);
  negate();
  const [fresh, drift] = [rows(1_000), rows(1_000)];
  negate();
  return { old, fresh, drift, still: rows(1_000) };
}

/** Three shoppers, three items: (1,101,4) (1,102,3) (2,101,5) (2,103,4) (3,102,2) (3,103,5). */
export const SIX_RATINGS: readonly Row[] = [[1, 101, 4], [1, 102, 3], [2, 101, 5], [2, 103, 4], [3, 102, 2], [3, 103, 5]].map(([user = 0, item = 0, value = 0]) => ({ user, item, value }));
