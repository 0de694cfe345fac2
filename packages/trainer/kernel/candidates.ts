/**
 * Whom one example's target competes with, besides the sample: the other items of the history, and its *rivals*: those
 * followers of the last item that have the largest counts, as far as they may be served. They are scored exactly, without a sample's correction: they hold
 * most of the softmax's mass, and a sample that misses them makes the target look too good.
 *
 * 1. Each row is listed once. Rivals are in neither target nor history; equal counts go in the order of their cells.
 * 2. Past items have their repeat term wherever they stand: as the target, as a rival, in the sample (`pastPlace`, `pastWeight`).
 * 3. Followers beyond the rivals, and those of the items before the last one, have their follow terms where they stand: among what is
 *    scored, in the sample (`hitPlace`, `hitValue`, `hitSource`).
 */
import { CELL, countAt, endOfCells, firstCell, followerAt, followTerm, isFollowed, ownOf } from './followers';
import {
  embedding, float, FOLLOWED, followerCount, followerRow, header, hitPlace, hitSource, hitValue, NONE, pastPlace, pastWeight, SCORED_SLOTS, rowTable,
} from './memory';
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
  return listEarlier(example, work, followScale, listFollowers(example, work, followScale));
}

// @ts-ignore: decorator
@inline
function push(work: Work, row: u32, bucket: u32): void {
  const at = work.scored << 2;
  store<u32>(work.row + at, row);
  store<u32>(work.address + at, embedding(row));
  store<u32>(work.bucket + at, bucket);
  for (let z: u32 = 0; z < FOLLOWED; z++) store<f32>(work.follow(z) + at, 0);
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
      store<f32>(work.follow(0) + ((work.scored - 1) << 2), followTerm(stored, 0, followScale));
      continue;
    }
    const place = placeOf(row);
    if (place == NONE) continue;
    hit(hits++, place, followTerm(stored, 0, followScale), 0);
  }
  return hits;
}

// @ts-ignore: decorator
@inline
function hit(index: u32, place: u32, value: f32, source: u32): void {
  store<u32>(hitPlace + (index << 2), place);
  store<f32>(hitValue + (index << 2), value);
  store<u32>(hitSource + (index << 2), source);
}

/** Gives the followers of the items before the last one their terms; returns how many hits there are now. */
function listEarlier(example: Example, work: Work, followScale: f32, found: u32): u32 {
  let hits = found;
  let isIndexed = false;
  for (let z: u32 = 1; z < FOLLOWED; z++) {
    if (!isFollowed(example, z)) continue;
    if (!isIndexed) indexScored(work);
    isIndexed = true;
    const end = endOfCells(example, z);
    for (let cell = firstCell(example, z); cell < end; cell += CELL) {
      const row = followerAt(cell);
      if (row == 0) break;
      const j = scoredAt(work, row);
      if (j != NONE) {
        store<f32>(work.follow(z) + (j << 2), followTerm(countAt(cell), j == 0 ? ownOf(example, z) : 0, followScale));
        continue;
      }
      const place = placeOf(row);
      if (place != NONE) hit(hits++, place, followTerm(countAt(cell), 0, followScale), z);
    }
  }
  return hits;
}

/** Enters what is scored so far in `rowTable`: all rows are different. */
function indexScored(work: Work): void {
  memory.fill(rowTable, 0, SCORED_SLOTS);
  for (let j: u32 = 0; j < work.scored; j++) {
    let slot = slotOf(load<u32>(work.row + (j << 2)));
    while (load<u8>(rowTable + slot) != 0) slot = (slot + 1) & (SCORED_SLOTS - 1);
    store<u8>(rowTable + slot, <u8>(j + 1));
  }
}

/** The row's place among what is scored, or NONE. */
// @ts-ignore: decorator
@inline
function scoredAt(work: Work, row: u32): u32 {
  let slot = slotOf(row);
  while (true) {
    const j: u32 = load<u8>(rowTable + slot);
    if (j == 0) return NONE;
    if (load<u32>(work.row + ((j - 1) << 2)) == row) return j - 1;
    slot = (slot + 1) & (SCORED_SLOTS - 1);
  }
}

// @ts-ignore: decorator
@inline
function slotOf(row: u32): u32 {
  return ((row * 0x9e3779b1) >> 16) & (SCORED_SLOTS - 1);
}

/** Gives target and history their follow terms; leaves the other followers in `followerRow` and `followerCount`, a multiple of four. */
function sortOut(example: Example, work: Work, followScale: f32): u32 {
  const history = maskOf(example.rows, 0, example.length);
  const end = endOfCells(example, 0);
  let count: u32 = 0;
  for (let cell = firstCell(example, 0); cell < end; cell += CELL) {
    const row = followerAt(cell);
    if (row == 0) break;
    const stored = countAt(cell);
    if (row == example.target) {
      store<f32>(work.follow(0), followTerm(stored, ownOf(example, 0), followScale));
      continue;
    }
    if (mayHold(history, row)) {
      const k = findIn(example, row);
      if (k != NONE) {
        store<f32>(work.follow(0) + (load<u32>(work.place + (k << 2)) << 2), followTerm(stored, 0, followScale));
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
