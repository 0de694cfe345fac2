/**
 * The best items for an example's history: the list a shopper would be shown, for coverage beside the rank.
 */
import { examine, float, header, NONE, weights } from './memory';
import { ask, extra, gathered, gatheredRow, inHistory, isFollower, pastBucketOf, plain, plain4, takesPart } from './query';
import { bucketOf, example, Example } from './records';

/** Rows and scores of the best so far, best first, in scratch. */
let rows: usize = 0;
let scores: usize = 0;
let held: u32 = 0;
let wanted: u32 = 0;
let worst: f32 = 0; // score to beat once the list is full

/** At most this many can be asked for: the scratch has room for them. */
const MOST: u32 = 128;

/**
 * Writes the `count` best eligible rows to `selection`, best first, and returns how many there are. The first
 * `excluded` entries of `selection` are left out.
 */
export function top(slot: u32, eligible: u32, followScale: f32, excluded: u32, count: u32): u32 {
  examine();
  const one = example(slot);
  ask(one, followScale);
  rows = weights;
  scores = weights + (MOST << 2);
  held = 0;
  wanted = min(count, MOST);
  worst = -f32.MAX_VALUE;
  offerAdjusted(one, excluded);
  offerOthers(one, eligible, excluded);
  memory.copy(header().selection, rows, held << 2);
  return held;
}

/** The items with extra terms: those of the history, past ones and the followers of the last three. */
function offerAdjusted(one: Example, excluded: u32): void {
  for (let k: u32 = 0; k < one.length; k++) {
    const row = one.row(k);
    if (isNewest(one, k) && takesPart(row, excluded)) offer(row, plain(row) + extra(row, bucketOf(one.mark(k))));
  }
  for (let i: u32 = 0; i < gathered; i++) {
    const row = gatheredRow(i);
    if (!inHistory(one, row) && takesPart(row, excluded)) offer(row, plain(row) + extra(row, pastBucketOf(one, row)));
  }
  for (let i: u32 = 0; i < one.past; i++) {
    const row = one.pastRow(i);
    if (!isFollower(row) && takesPart(row, excluded)) offer(row, plain(row) + extra(row, one.pastBucket(i)));
  }
}

function offerOthers(one: Example, eligible: u32, excluded: u32): void {
  const list = header().eligible;
  const even = eligible & ~3;
  for (let i: u32 = 0; i < even; i += 4) {
    const four = plain4(list + (i << 2));
    if (!v128.any_true(f32x4.gt(four, f32x4.splat(worst)))) continue;
    offerPlain(one, load<u32>(list + (i << 2)), f32x4.extract_lane(four, 0), excluded);
    offerPlain(one, load<u32>(list + (i << 2), 4), f32x4.extract_lane(four, 1), excluded);
    offerPlain(one, load<u32>(list + (i << 2), 8), f32x4.extract_lane(four, 2), excluded);
    offerPlain(one, load<u32>(list + (i << 2), 12), f32x4.extract_lane(four, 3), excluded);
  }
  for (let i = even; i < eligible; i++) {
    const row = load<u32>(list + (i << 2));
    offerPlain(one, row, plain(row), excluded);
  }
}

function offerPlain(one: Example, row: u32, score: f32, excluded: u32): void {
  if (!(score > worst) || inHistory(one, row) || isFollower(row) || pastBucketOf(one, row) != NONE || !takesPart(row, excluded)) return;
  offer(row, score);
}

/** Whether no newer event of the history has the same row. */
function isNewest(one: Example, k: u32): bool {
  for (let newer: u32 = 0; newer < k; newer++) if (one.row(newer) == one.row(k)) return false;
  return true;
}

/** Insertion sort: the list is short and few rows get this far. */
function offer(row: u32, score: f32): void {
  if (!(score > worst)) return;
  let at = held < wanted ? held++ : held - 1;
  for (; at > 0 && float(scores, at - 1) < score; at--) {
    store<f32>(scores + (at << 2), float(scores, at - 1));
    store<u32>(rows + (at << 2), load<u32>(rows + ((at - 1) << 2)));
  }
  store<f32>(scores + (at << 2), score);
  store<u32>(rows + (at << 2), row);
  if (held == wanted) worst = float(scores, held - 1);
}
