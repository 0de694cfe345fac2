/** The best of many scores without sorting them all. Pure. */

const BUCKETS = 1_024;

/** At least the `wanted` best of the items, all of them when there are not more, and as few more as the threshold can tell. */
export function bestOf(items: readonly number[], scores: Float32Array, wanted: number): readonly number[] {
  if (items.length <= wanted) return items;
  const threshold = thresholdFor(items, scores, wanted);
  return items.filter((item) => (scores[item] ?? 0) >= threshold);
}

/** A score that at least `wanted` of the items reach, and as few more as BUCKETS classes between 0 and the highest score can tell. */
function thresholdFor(items: readonly number[], scores: Float32Array, wanted: number): number {
  const highest = items.reduce((most, item) => Math.max(most, scores[item] ?? 0), 0);
  const counts = new Int32Array(BUCKETS + 1);
  for (const item of items) {
    const bucket = bucketOf(scores[item] ?? 0, highest);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  let above = 0;
  for (let bucket = BUCKETS; bucket > 0; bucket--) {
    above += counts[bucket] ?? 0;
    if (above >= wanted) return (bucket / BUCKETS) * highest;
  }
  return 0;
}

function bucketOf(score: number, highest: number): number {
  return highest > 0 ? Math.floor((score / highest) * BUCKETS) : 0;
}
