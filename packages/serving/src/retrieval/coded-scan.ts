/**
 * The exact best k by way of the codes (kernel/codes.ts): rank all rows by their bytes, take some more than k of them,
 * score those exactly, and know whether that was enough.
 *
 * 1. For every row j the coded score lies within
 *    ε = |q| max_j |e_j| scale_j + |q − q̂| (1/τ + max_j |e_j| scale_j)
 *    of the true one (Cauchy–Schwarz; e_j what rounding left over of a row, q̂ the rounded query), and a row that wasn't taken has
 *    a coded score of at most the threshold. So when the k-th exact score lies above threshold + ε, no other row can be among the best k.
 * 2. When it doesn't, there is no answer: undefined.
 */
import { CODE_MARGIN, candidatesFor } from '../store/layout.js';
import type { Place, RetrievalParts, Scan } from './scan.js';

export interface CodedScan {
  /** The row's floats and its scale have changed. */
  encode(row: number): void;
  /** How far codes may lie from their rows. */
  readonly rowError: number;
  restore(rowError: number): void;
  /** Forgets it; for an empty table. */
  reset(): void;
  /** Rows before a row of this score, exactly: where the codes can't tell the floats do. */
  countAhead(place: Place): number;
  /** Leaves the exact best k in the found rows and returns their number; undefined if that can't be proved. */
  scan(scan: Scan): number | undefined;
}

/** What single precision may add to either score, for each unit of its size. */
const ROUNDING = 1e-5;

export function createCodedScan({ layout, columns, kernel, temperature }: RetrievalParts): CodedScan {
  const { dim } = layout;
  let rowError = 0;

  const bound = (queryError: number, size: number): number =>
    Math.hypot(...columns.query) * rowError + queryError * (1 / temperature + rowError) + ROUNDING * (1 + size);

  return {
    encode(row) {
      kernel.encode(layout.embeddings + 4 * row * dim, dim, layout.codes + row * dim, layout.coded);
      const scale = columns.scale[row] ?? 0;
      columns.codeScale[row] = (columns.coded[0] ?? 0) * scale;
      rowError = Math.max(rowError, (columns.coded[1] ?? 0) * scale);
    },
    get rowError() {
      return rowError;
    },
    restore(saved) {
      rowError = saved;
    },
    reset() {
      rowError = 0;
    },
    countAhead({ row, score, column, rows }) {
      const { query, queryCode, embeddings, scale, codes, codeScale, coded } = layout;
      kernel.encodeQuery(query, dim, queryCode, coded);
      const [step = 0, queryError = 0] = columns.coded;
      // A row far from the score may be a sum of larger parts: their size counts too.
      const margin = bound(queryError, 2 * (Math.abs(score) + Math.hypot(...columns.query) / temperature));
      return kernel.countAheadCoded(query, embeddings, scale, layout[column], rows, dim, score, row, queryCode, step, codes, codeScale, margin);
    },
    scan({ k, column, rows }) {
      const { query, coded, codes, codeScale, ids, scores } = layout;
      const bias = layout[column];
      const wanted = k + CODE_MARGIN;
      kernel.encodeQuery(query, dim, layout.queryCode, coded);
      const [step = 0, queryError = 0] = columns.coded;
      const taken = kernel.scanCodes(layout.queryCode, step, codes, codeScale, bias, rows, dim, wanted, ids, scores, candidatesFor(wanted), coded);
      const threshold = columns.coded[0] ?? 0;
      const found = kernel.rescore(query, layout.embeddings, layout.scale, bias, dim, k, ids, scores, taken);
      if (taken < wanted) return found;
      const worst = columns.foundScores[found - 1] ?? 0;
      return worst > threshold + bound(queryError, Math.abs(worst) + Math.abs(threshold)) ? found : undefined;
    },
  };
}
