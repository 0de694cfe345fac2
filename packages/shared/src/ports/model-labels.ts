/**
 * Labels name versions. `stable` pins every answer, in every process, to one version (a rollback); without it the newest
 * version answers. `canary` answers a share of the shoppers. `shadow` is asked beside a share of the answers, and never answers.
 * `previous` is set by a promotion: the last version of the lineage before, so that it can be rolled back to.
 *
 * 1. A label names only a version that can be rebuilt from what is stored, and what it is rebuilt from is kept while it does.
 * 2. Each change stands in the model's events, with its reason.
 * 3. Changes come one after the other. One that was judged against what answers is made only while that answers: what `stable` names is compared in
 *    the change's own transaction.
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

/** `rebuildable`: the versions that a label could name instead. `moved`: `stable` names something else than the change was judged against. */
export type PinResult =
  | { readonly pinned: true; readonly label: ModelLabel }
  | { readonly pinned: false; readonly rebuildable: readonly VersionRange[] }
  | { readonly pinned: false; readonly moved: true };

/** What a change was judged against: the version that `stable` named then, or none (the newest). */
export interface JudgedAgainst {
  readonly stable: number | undefined;
}

export interface LabelChange {
  readonly version: number;
  readonly reason: string;
  readonly share?: number;
  /** Pass over what checks say against the version. */
  readonly forced?: true;
  readonly against?: JudgedAgainst;
}

export interface LabelRemoval {
  readonly reason: string;
  readonly forced?: true;
  readonly against?: JudgedAgainst;
}

/** What it named; `moved` as with `pin`, otherwise it named nothing. */
export type UnpinResult = { readonly removed: true; readonly label: ModelLabel } | { readonly removed: false; readonly moved: boolean };

export interface ModelLabels {
  list(): Promise<readonly ModelLabel[]>;
  pin(label: LabelName, change: LabelChange): Promise<PinResult>;
  unpin(label: LabelName, removal: LabelRemoval): Promise<UnpinResult>;
}
