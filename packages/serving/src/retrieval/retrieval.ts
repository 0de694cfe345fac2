/**
 * The best k rows of a table set for its query, on whichever path is the quickest for so many rows.
 *
 * 1. `floats` and `codes` return the same rows and scores, bit for bit: the exact best k. `lists` may miss some (clustered-scan.ts);
 *    how many is sampled.
 * 2. `encode` is told of each row whose embedding changed, before the next scan: what a scan reads is never older than the rows.
 */
import { candidatesFor, NOT_SERVED } from '../store/layout.js';
import { createCentroids } from './centroids.js';
import { createClusteredScan } from './clustered-scan.js';
import { createCodedScan } from './coded-scan.js';
import { createGardener, type GardenerSaved } from './gardener.js';
import { createLists, type Lists, type ListsSaved } from './lists.js';
import { createProbeCount, type ProbeCount } from './probe-count.js';
import type { Place, RetrievalParts, Scan, ScanPath } from './scan.js';

export interface Retrieval {
  /** Leaves the best k in the found rows and scores, and returns how many there are. */
  scan(scan: Scan): number;
  /** What `scan` would score this row, bit for bit. Overwrites the found rows. */
  scoreOf(row: number, column: 'served' | 'any'): number;
  /** How many rows the full order has before this one; exact on every path. */
  countAhead(place: Place): number;
  /** The row's floats and its scale have changed. */
  encode(row: number): void;
  /** The row's bias, or whether it may be served, has changed. */
  rebias(row: number): void;
  /** Works at the lists until `until` (of performance.now); what is left. */
  tend(until: number): ListWork;
  /** Lists, and blocks of slots, from these numbers on were never used. */
  readonly ends: Lists['ends'];
  /** What the columns don't hold; the retrieval's own memory, to be read at once. */
  save(): RetrievalSaved;
  /** Of columns that are being copied: the lists are not tended before they are whole. */
  restore(saved: RetrievalSaved): void;
  /** The table is empty. */
  reset(): void;
}

/** `unsettled`: searches read all codes until it is done. `changed`: rows wait to be put where they are nearest now. `turns`: those that never end. */
export type ListWork = 'unsettled' | 'changed' | 'turns';

export interface RetrievalSaved {
  readonly rowError: number;
  readonly lists: ListsSaved;
  readonly centroids: number;
  readonly gardener: GardenerSaved;
  readonly probes: number;
}

/** Fewer rows of floats lie in the processor's cache, where they are read as quickly as their codes (`bench scan`). */
const CODES_FROM = 20_000;
/** Up to so many rows reading all codes is quick enough to be exact: a core answers some 2,000 requests a second. */
export const LISTS_FROM = 50_000;
/** Share of the time that exact scans may take to measure the lists' recall; ten times as much for the first samples. */
const SAMPLING = 0.005;
const FIRST_SAMPLES = 128;

export function createRetrieval(parts: RetrievalParts): Retrieval {
  const { layout, columns, kernel, mode = 'auto', scanned } = parts;
  const coded = createCodedScan(parts);
  const lists = createLists(layout, columns);
  const centroids = createCentroids(parts);
  const gardener = createGardener(columns, lists, centroids);
  const clustered = createClusteredScan(parts, centroids);
  const hasLists = mode === 'lists' || (mode === 'auto' && layout.capacity > LISTS_FROM);
  const pathFor = (rows: number): ScanPath => {
    if (mode !== 'auto') return mode;
    if (rows < CODES_FROM) return 'floats';
    return rows >= LISTS_FROM && gardener.settled ? 'lists' : 'codes';
  };
  const exact = ({ k, column, rows }: Scan): number =>
    kernel.scan(layout.query, layout.embeddings, layout.scale, layout[column], rows, layout.dim, k, layout.ids, layout.scores, candidatesFor(k));
  const probes = createProbeCount();
  const sample = createSampler(parts, probes, (scan) => coded.scan(scan) ?? exact(scan));

  return {
    encode(row) {
      coded.encode(row);
      if (hasLists) gardener.changed(row);
    },
    rebias: lists.rebias,
    scoreOf(row, column) {
      columns.foundRows[0] = row;
      kernel.rescore(layout.query, layout.embeddings, layout.scale, layout[column], layout.dim, 1, layout.ids, layout.scores, 1);
      return columns.foundScores[0] ?? NOT_SERVED;
    },
    countAhead(place) {
      if (pathFor(place.rows) !== 'floats') return coded.countAhead(place);
      const { row, score, column, rows } = place;
      return kernel.countAhead(layout.query, layout.embeddings, layout.scale, layout[column], rows, layout.dim, score, row);
    },
    tend(until) {
      if (!hasLists) return 'turns';
      let more = true;
      while (more && performance.now() < until) more = gardener.tend();
      if (!more) return 'turns';
      return gardener.settled ? 'changed' : 'unsettled';
    },
    get ends() {
      return lists.ends;
    },
    save: () => ({ rowError: coded.rowError, lists: lists.save(), centroids: centroids.end, gardener: gardener.save(), probes: probes.count }),
    restore(saved) {
      coded.restore(saved.rowError);
      lists.restore(saved.lists);
      centroids.restore(saved.centroids);
      gardener.restore(saved.gardener);
      probes.restore(saved.probes);
    },
    reset() {
      coded.reset();
      lists.reset();
      centroids.reset();
      gardener.reset();
      probes.reset();
    },
    scan(scan) {
      const path = pathFor(scan.rows);
      if (path === 'lists') {
        scanned?.(path);
        return sample(scan, clustered.scan(scan, probes.count));
      }
      const proven = path === 'codes' ? coded.scan(scan) : undefined;
      scanned?.(path === 'codes' && proven === undefined ? 'unproven' : path);
      return proven ?? exact(scan);
    },
  };
}

/** Recall of answers from the lists, by exact scans that take at most SAMPLING of the time. */
function createSampler({ columns, sampled }: RetrievalParts, probes: ProbeCount, exact: (scan: Scan) => number): (scan: Scan, found: number) => number {
  const { foundRows, foundScores } = columns;
  let due = 0;
  let taken = 0;
  return (scan, found) => {
    const began = performance.now();
    if (began < due) return found;
    const rows = foundRows.slice(0, found);
    const scores = foundScores.slice(0, found);
    const best = exact(scan);
    if (best > 0) {
      const mine = new Set(rows);
      const recall = foundRows.subarray(0, best).reduce((hits, row) => hits + (mine.has(row) ? 1 : 0), 0) / best;
      sampled?.(recall, probes.count);
      probes.measured(recall);
    }
    foundRows.set(rows);
    foundScores.set(scores);
    const now = performance.now();
    due = now + (now - began) / (++taken <= FIRST_SAMPLES ? 10 * SAMPLING : SAMPLING);
    return found;
  };
}
