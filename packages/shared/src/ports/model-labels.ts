/**
 * Labels name versions. `stable` pins every answer, in every process, to one version (a rollback); without it the newest
 * version answers. `canary` answers a share of the shoppers. `shadow` is asked beside a share of the answers, and never answers.
 * `previous` is set by a promotion: the last version of the lineage before, so that it can be rolled back to.
 *
 * 1. A label names only a version that can be rebuilt from what is stored, and what it is rebuilt from is kept while it does.
 * 2. Each change stands in the model's events, with its reason.
 */
import type { VersionRange } from '../domain/retention.js';

export const LABELS = ['stable', 'previous', 'canary', 'shadow'] as const;
export type LabelName = (typeof LABELS)[number];

export interface ModelLabel {
  readonly label: LabelName;
  readonly version: number;
  readonly reason: string;
  /** Of shoppers (`canary`) or of answers (`shadow`), above 0 up to 1; the others have none. */
  readonly share?: number;
  /** Set although checks spoke against it, or might. */
  readonly forced?: true;
  /** Milliseconds since 1970. */
  readonly setAt: number;
}

/** `rebuildable`: the versions that a label could name instead. */
export type PinResult = { readonly pinned: true; readonly label: ModelLabel } | { readonly pinned: false; readonly rebuildable: readonly VersionRange[] };

export interface LabelChange {
  readonly version: number;
  readonly reason: string;
  readonly share?: number;
  /** Pass over what checks say against the version. */
  readonly forced?: true;
}

export interface ModelLabels {
  list(): Promise<readonly ModelLabel[]>;
  pin(label: LabelName, change: LabelChange): Promise<PinResult>;
  /** What it named; undefined when it named nothing. */
  unpin(label: LabelName, reason: string): Promise<ModelLabel | undefined>;
}
