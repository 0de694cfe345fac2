/**
 * The best k rows of a table set for its query, on whichever path is the quickest for so many rows.
 *
 * 1. `floats` and `codes` return the same rows and scores, bit for bit: the exact best k.
 * 2. `encode` is told of each row whose embedding changed, before the next scan: what a scan reads is never older than the rows.
 */
import type { Columns } from '../store/columns.js';
import type { Kernel } from '../store/kernel.js';
import { candidatesFor, type Layout } from '../store/layout.js';
import { createCodedScan } from './coded-scan.js';

/** `auto` chooses by the number of rows. */
export const RETRIEVAL_MODES = ['auto', 'floats', 'codes'] as const;
export type RetrievalMode = (typeof RETRIEVAL_MODES)[number];

/** How a scan was answered; `unproven`: by the floats, after the codes couldn't tell. */
export const SCAN_PATHS = ['floats', 'codes', 'unproven'] as const;
export type ScanPath = (typeof SCAN_PATHS)[number];

export interface Scan {
  readonly k: number;
  readonly column: 'served' | 'any';
  /** The first so many rows are looked through. */
  readonly rows: number;
}

export interface Retrieval {
  /** Leaves the best k in the found rows and scores, and returns how many there are. */
  scan(scan: Scan): number;
  /** The row's floats and its scale have changed. */
  encode(row: number): void;
  /** The table is empty. */
  reset(): void;
}

export interface RetrievalParts {
  readonly layout: Layout;
  readonly columns: Columns;
  readonly kernel: Kernel;
  /** τ of the model. */
  readonly temperature: number;
  readonly mode?: RetrievalMode;
  readonly scanned?: (path: ScanPath) => void;
}

/** Fewer rows of floats lie in the processor's cache, where they are read as quickly as their codes (`bench scan`). */
const CODES_FROM = 20_000;

export function createRetrieval(parts: RetrievalParts): Retrieval {
  const { layout, kernel, mode = 'auto', scanned } = parts;
  const coded = createCodedScan(parts);
  const exact = ({ k, column, rows }: Scan): number =>
    kernel.scan(layout.query, layout.embeddings, layout.scale, layout[column], rows, layout.dim, k, layout.ids, layout.scores, candidatesFor(k));

  return {
    encode: coded.encode,
    reset: coded.reset,
    scan(scan) {
      if (mode === 'floats' || (mode === 'auto' && scan.rows < CODES_FROM)) {
        scanned?.('floats');
        return exact(scan);
      }
      const found = coded.scan(scan);
      scanned?.(found === undefined ? 'unproven' : 'codes');
      return found ?? exact(scan);
    },
  };
}
