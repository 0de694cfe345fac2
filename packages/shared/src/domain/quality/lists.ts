/** How alike two ranked lists are. Items are names or row numbers; each list names an item once. */

/** |A ∩ B|/k of the first k; lists that both end sooner are compared as far as the longer one goes. 1 for two empty ones. */
export function overlapAt<T>(a: readonly T[], b: readonly T[], k: number): number {
  const size = Math.min(k, Math.max(a.length, b.length));
  if (size === 0) return 1;
  const first = new Set(a.slice(0, k));
  let common = 0;
  for (const item of b.slice(0, k)) if (first.has(item)) common++;
  return common / size;
}

/**
 * Rank-biased overlap, extrapolated (Webber, Moffat & Zobel 2010, RBO_ext) over the first k = the shorter list's length:
 * (X_k/k)·p^k + (1 − p)/p · Σ_d (X_d/d)·p^d, X_d being the overlap of the first d. `persistence` p: the chance that a reader
 * looks at one more; .9 gives the first ten 86 % of the weight. 1 for two empty lists.
 */
export function rankBiasedOverlap<T>(a: readonly T[], b: readonly T[], persistence = 0.9): number {
  const k = Math.min(a.length, b.length);
  if (k === 0) return a.length === b.length ? 1 : 0;
  const seen = new Set<T>();
  let common = 0;
  let sum = 0;
  for (let d = 1; d <= k; d++) {
    for (const item of [a[d - 1], b[d - 1]] as const) {
      if (item === undefined) continue;
      if (seen.has(item)) common++;
      seen.add(item);
    }
    sum += (common / d) * persistence ** d;
  }
  return (common / k) * persistence ** k + ((1 - persistence) / persistence) * sum;
}
