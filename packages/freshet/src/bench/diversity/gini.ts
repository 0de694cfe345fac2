/**
 * Gini coefficient of `counts`, with zeros up to `size` members: Σ (2i − n − 1) x_i / (n Σ x), x ascending. 0 when all have the same,
 * near 1 when one has everything; 0 for nothing at all.
 */
export function gini(counts: readonly number[], size: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  const n = Math.max(size, counts.length);
  const sorted = [...counts].sort((a, b) => a - b);
  const zeros = n - sorted.length;
  return sorted.reduce((sum, count, i) => sum + (2 * (zeros + i + 1) - n - 1) * count, 0) / (n * total);
}
