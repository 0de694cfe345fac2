/**
 * Why an item scores what it scores: s_j = e^σ Σ_k α_k (E[i_k]·E[j]) / (|h||E[j]|τ) + constant token + b_j + repeat + follow.
 *
 * 1. The contributions add up to the score (what isn't listed is in `other`; rounding of single precision too).
 * 2. Computed from the same rows as the score, in the same synchronous block.
 */
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import type { TableSet } from '../store/table-set.js';
import type { Reason, ReasonKind } from './input.js';
import type { Query } from './query.js';
import { eachFollow, eachRepeat } from './terms.js';

/** History items listed for one recommended item. */
const LISTED = 3;

export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

/** Reasons of a score made by `formQuery` and the terms, largest first, `other` last. */
export function explainScore(set: TableSet, query: Query, target: ScoredRow & { readonly now: number }): Reason[] {
  const { row, score, now } = target;
  const factor = query.norm === 0 ? 0 : ((set.scale[row] ?? 0) * query.sharpness) / query.norm;
  const parts = historyParts(set, query, { row, factor });
  parts.sort((a, b) => b.contribution - a.contribution);
  const reasons = parts.slice(0, LISTED);
  const add = (kind: ReasonKind, contribution: number, itemRow?: number): void => {
    if (contribution !== 0) reasons.push(reason(set, { kind, contribution, row: itemRow }));
  };
  add('popularity', set.bias[row] ?? 0);
  add('general', query.constant * dot(set, CONSTANT_ROW, row) * factor);
  eachRepeat(set, query, (item, term) => item === row && add('repeat', term));
  const newest = query.rows[0] ?? 0;
  if (query.count > 0) eachFollow(set, { row: newest, now }, (item, term) => item === row && add('follow', term, newest));
  reasons.sort((a, b) => b.contribution - a.contribution);
  const rest = score - reasons.reduce((sum, part) => sum + part.contribution, 0);
  return Math.abs(rest) < 1e-6 ? reasons : [...reasons, { kind: 'other', contribution: rest }];
}

/** Reasons of a scan with one item's own vector. */
export function explainSimilar(set: TableSet, target: ScoredRow & { readonly item: number }): Reason[] {
  const popularity = set.bias[target.row] ?? 0;
  const similar = reason(set, { kind: 'similar', contribution: target.score - popularity, row: target.item });
  return popularity === 0 ? [similar] : [similar, { kind: 'popularity', contribution: popularity }];
}

/** One part for each distinct item of the history. */
function historyParts(set: TableSet, query: Query, target: { readonly row: number; readonly factor: number }): Reason[] {
  const byRow = new Map<number, number>();
  for (let k = 0; k < query.count; k++) {
    const row = query.rows[k] ?? 0;
    const part = (query.weights[k] ?? 0) * dot(set, row, target.row) * target.factor;
    byRow.set(row, (byRow.get(row) ?? 0) + part);
  }
  return [...byRow].map(([row, contribution]) => reason(set, { kind: 'history', contribution, row }));
}

function reason(set: TableSet, part: { kind: ReasonKind; contribution: number; row: number | undefined }): Reason {
  const item = part.row === undefined ? undefined : set.nameOf(part.row);
  return { kind: part.kind, ...(item === undefined ? {} : { item_id: item }), contribution: part.contribution };
}

function dot(set: TableSet, a: number, b: number): number {
  const { embeddings } = set;
  const dim = set.layout.dim;
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (embeddings[a * dim + d] ?? 0) * (embeddings[b * dim + d] ?? 0);
  return sum;
}
