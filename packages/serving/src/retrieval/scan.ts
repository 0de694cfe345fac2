/** What a search is asked, and what it works on. */
import type { Columns } from '../store/columns.js';
import type { Kernel } from '../store/kernel.js';
import type { Layout } from '../store/layout.js';
import type { RetrievalMode } from './modes.js';

/** How a scan was answered; `unproven`: by the floats, after the codes couldn't tell. */
export const SCAN_PATHS = ['floats', 'codes', 'unproven', 'lists'] as const;
export type ScanPath = (typeof SCAN_PATHS)[number];

export interface Scan {
  readonly k: number;
  readonly column: 'served' | 'any';
  /** The first so many rows are looked through. */
  readonly rows: number;
  /** Rows whose value in `column` the request has changed. */
  readonly raised?: Int32Array;
}

/** A row and its score, as `scoreOf` gives it. */
export interface Place {
  readonly row: number;
  readonly score: number;
  readonly column: 'served' | 'any';
  /** The first so many rows are counted. */
  readonly rows: number;
}

export interface RetrievalParts {
  readonly layout: Layout;
  readonly columns: Columns;
  readonly kernel: Kernel;
  /** τ of the model. */
  readonly temperature: number;
  readonly mode?: RetrievalMode;
  readonly scanned?: (path: ScanPath) => void;
  /** Recall of a sampled answer from the lists (the share of the exact best k in it), and how many of them were read. */
  readonly sampled?: (recall: number, probes: number) => void;
}
