/**
 * Whom one example's target competes with, besides the sample: the other items of the history, and its *rivals*: those
 * followers of the last item that have the largest counts, as far as they may be served. They are scored exactly, without a sample's correction: they hold
 * most of the softmax's mass, and a sample that misses them makes the target look too good.
 *
 * 1. Each row is listed once. Rivals are in neither target nor history; equal counts go in the order of their cells.
 * 2. Past items have their repeat term wherever they stand: as the target, as a rival, in the sample (`pastPlace`, `pastWeight`).
 * 3. Followers beyond the rivals keep their follow term where they stand in the sample (`hitPlace`, `hitValue`).
 */
import { CELL, countAt, endOfCells, firstCell, followerAt, followTerm } from './followers';
import { embedding, float, followerCount, followerRow, header, hitPlace, hitValue, NONE, pastPlace, pastWeight } from './memory';
import { bucketOf, Example, isCandidate, repeatWeight, Work } from './records';
import { placeOf } from './sample';

/** Fills the scored arrays but for what is measured. Returns the number of hits. */
export function list(example: Example, work: Work, followScale: f32): u32 {
  work.scored = 0;
  push(work, example.target, example.repeat);
  work.firstRival = 1;
  if (example.negative != 0) return 0;
  for (let k: u32 = 0; k < example.length; k++) {
    const mark = example.mark(k);
    store<u32>(work.place + (k << 2), isCandidate(mark) ? work.scored : NONE);
    if (isCandidate(mark)) push(work, example.row(k), bucketOf(mark));
  }
  work.firstRival = work.scored;
  return listFollowers(example, work, followScale);
}

// @ts-ignore: decorator
@inline
function push(work: Work, row: u32, bucket: u32): void {
  const at = work.scored << 2;
  store<u32>(work.row + at, row);
  store<u32>(work.address + at, embedding(row));
  store<u32>(work.bucket + at, bucket);
  store<f32>(work.follow + at, 0);
  work.scored++;
}

/** Gives rivals that are past items their bucket; returns how many of the others stand in the sample. To be called after `list`. */
export function listPast(example: Example, work: Work): u32 {
  const rivals = maskOf(work.row, work.firstRival, work.scored);
  let found: u32 = 0;
  for (let i: u32 = 0; i < example.past; i++) {
    const row = example.pastRow(i);
    if (row == example.target) continue;
    if (mayHold(rivals, row) && nameRival(work, row, example.pastBucket(i))) continue;
    const place = placeOf(row);
    if (place == NONE) continue;
    store<u32>(pastPlace + (found << 2), place);
    store<u32>(pastWeight + (found << 2), repeatWeight(example.pastBucket(i)));
    found++;
  }
  return found;
}

/** Whether the row is a rival, which then has the bucket. */
function nameRival(work: Work, row: u32, bucket: u32): bool {
  for (let j = work.firstRival; j < work.scored; j++) {
    if (load<u32>(work.row + (j << 2)) != row) continue;
    store<u32>(work.bucket + (j << 2), bucket);
    return true;
  }
  return false;
}

function listFollowers(example: Example, work: Work, followScale: f32): u32 {
  const count = sortOut(example, work, followScale);
  const rivals = min(header().rivals, count);
  const least = rivals < count ? largest(rivals, count) : -1;
  let equal = rivals - above(least, count); // of those that have exactly that count
  let hits: u32 = 0;
  for (let i: u32 = 0; i < count << 2; i += 4) {
    const row = load<u32>(followerRow + i);
    const stored = load<f32>(followerCount + i);
    if (stored > least || (stored == least && equal > 0)) {
      if (stored == least) equal--;
      if (load<u8>(header().listed + row) == 0) continue;
      push(work, row, NONE);
      store<f32>(work.follow + ((work.scored - 1) << 2), followTerm(stored, 0, followScale));
      continue;
    }
    const place = placeOf(row);
    if (place == NONE) continue;
    store<u32>(hitPlace + (hits << 2), place);
    store<f32>(hitValue + (hits << 2), followTerm(stored, 0, followScale));
    hits++;
  }
  return hits;
}

/** Gives target and history their follow terms; leaves the other followers in `followerRow` and `followerCount`, a multiple of four. */
function sortOut(example: Example, work: Work, followScale: f32): u32 {
  const history = maskOf(example.rows, 0, example.length);
  const end = endOfCells(example);
  let count: u32 = 0;
  for (let cell = firstCell(example); cell < end; cell += CELL) {
    const row = followerAt(cell);
    if (row == 0) break;
    const stored = countAt(cell);
    if (row == example.target) {
      store<f32>(work.follow, followTerm(stored, example.own, followScale));
      continue;
    }
    if (mayHold(history, row)) {
      const k = findIn(example, row);
      if (k != NONE) {
        store<f32>(work.follow + (load<u32>(work.place + (k << 2)) << 2), followTerm(stored, 0, followScale));
        continue;
      }
    }
    store<u32>(followerRow + (count << 2), row);
    store<f32>(followerCount + (count << 2), stored);
    count++;
  }
  for (let i = count; (i & 3) != 0; i++) store<f32>(followerCount + (i << 2), -1);
  return count;
}

/**
 * The count that the rivals reach: at most `wanted` are above it, more than `wanted` above any smaller one. Each count between the
 * bounds known so far is tried in turn, which narrows them about as quicksort does.
 */
function largest(wanted: u32, count: u32): f32 {
  let low: f32 = -1; // more than `wanted` are above
  let high: f32 = f32.MAX_VALUE; // at most `wanted` are
  for (let i: u32 = 0; i < count; i++) {
    const tried = float(followerCount, i);
    if (!(tried > low && tried < high)) continue;
    const found = above(tried, count);
    if (found == wanted) return tried;
    if (found > wanted) low = tried;
    else high = tried;
  }
  return high;
}

/** How many of the counts are above. */
function above(least: f32, count: u32): u32 {
  const bound = f32x4.splat(least);
  let sum = i32x4.splat(0);
  for (let i: u32 = 0; i < count << 2; i += 16) sum = i32x4.sub(sum, f32x4.gt(v128.load(followerCount + i), bound));
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
}

/** One bit for each of rows[from … to), by its last six bits: most others are ruled out without a search. */
// @ts-ignore: decorator
@inline
function maskOf(rows: usize, from: u32, to: u32): u64 {
  let mask: u64 = 0;
  for (let k = from; k < to; k++) mask |= <u64>1 << (load<u32>(rows + (k << 2)) & 63);
  return mask;
}

// @ts-ignore: decorator
@inline
function mayHold(mask: u64, row: u32): bool {
  return ((mask >> (row & 63)) & 1) != 0;
}

/** The newest event with the row: it is the one that is a candidate. */
// @ts-ignore: decorator
@inline
function findIn(example: Example, row: u32): u32 {
  for (let k: u32 = 0; k < example.length; k++) if (example.row(k) == row) return k;
  return NONE;
}
