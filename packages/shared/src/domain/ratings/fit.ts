/**
 * Biases of a fixed set of ratings by least squares: min Σ (r − μ − b_u − b_i)² + λ(Σ b_u² + Σ b_i²), μ being the mean.
 *
 * Solved by turns: with the b_i held, b_u = Σ (r − μ − b_i)/(n_u + λ), then the same the other way round (exact in the limit, because
 * the sum is convex). For λ → 0 the solution nearest to 0 is found, since it starts there. What the
 * online step (trainer/ratings) is held against, and what `freshet evaluate` fits.
 */
export interface Rating<U, I> {
  readonly user: U;
  readonly item: I;
  readonly value: number;
}

export interface Biases<U, I> {
  readonly mean: number;
  readonly users: ReadonlyMap<U, number>;
  readonly items: ReadonlyMap<I, number>;
}

const MOST_TURNS = 1_000;
const SETTLED = 1e-9;

export function fitBiases<U, I>(ratings: readonly Rating<U, I>[], lambda: number): Biases<U, I> {
  const mean = ratings.reduce((sum, { value }) => sum + value, 0) / Math.max(1, ratings.length);
  const users = new Map<U, number>();
  const items = new Map<I, number>();
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const forItems = solve(ratings, { lambda, keyOf: (one) => one.item, rest: (one) => one.value - mean - (users.get(one.user) ?? 0), into: items });
    const forUsers = solve(ratings, { lambda, keyOf: (one) => one.user, rest: (one) => one.value - mean - (items.get(one.item) ?? 0), into: users });
    if (Math.max(forItems, forUsers) < SETTLED) break;
  }
  return { mean, users, items };
}

/** Sets each key's bias to Σ rest/(n + λ); the largest change. */
function solve<K, R>(ratings: readonly R[], by: { readonly lambda: number; readonly keyOf: (one: R) => K; readonly rest: (one: R) => number; readonly into: Map<K, number> }): number {
  const sums = new Map<K, { sum: number; count: number }>();
  for (const one of ratings) {
    const key = by.keyOf(one);
    const known = sums.get(key) ?? { sum: 0, count: 0 };
    sums.set(key, { sum: known.sum + by.rest(one), count: known.count + 1 });
  }
  let largest = 0;
  for (const [key, { sum, count }] of sums) {
    const bias = sum / (count + by.lambda);
    largest = Math.max(largest, Math.abs(bias - (by.into.get(key) ?? 0)));
    by.into.set(key, bias);
  }
  return largest;
}
