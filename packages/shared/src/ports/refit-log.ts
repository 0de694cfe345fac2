/**
 * Refits that were asked for, and what became of them: durable, so that a leader that dies in the middle of one leaves it to the next.
 *
 * asked → running (a leader has started it) → ready (its candidate is written and the gate was passed) → promoted;
 * refused by the gate, or failed, from any state before. One is under way at most. `promoted` is written by the promotion itself.
 */
import type { Candidate } from './candidates.js';

export const REFIT_STATES = ['asked', 'running', 'ready', 'promoted', 'refused', 'failed'] as const;
export type RefitState = (typeof REFIT_STATES)[number];

export interface RefitOptions {
  readonly epochs: number;
  /** Events that the gate compares on; 0 = no gate. */
  readonly gate: number;
}

/** Where the settings `refit_epochs` and `refit_gate` say nothing. One pass is what gains (docs/experiments.md). */
export const DEFAULT_REFIT: RefitOptions = { epochs: 1, gate: 1_000 };

/** What a refit has learned, and what the gate has measured. */
export interface RefitReport {
  readonly examples: number;
  /** Older ones that had no room in the training set; absent when all had. */
  readonly dropped?: number;
  readonly epochs: number;
  readonly seconds: number;
  /** The newest entry that the candidate has learned. */
  readonly applied: number;
  /** Items that it knows. */
  readonly items: number;
  /** Undefined without a gate. */
  readonly gate?: GateFigures;
}

export interface GateFigures {
  readonly events: number;
  readonly candidate: { readonly hr_10: number; readonly ndcg_10: number };
  readonly serving: { readonly hr_10: number; readonly ndcg_10: number };
  readonly floors: { readonly popularity: number; readonly follow: number };
  /** Mean share of the probes' lists that both models have, where there were probes enough. */
  readonly overlap?: number;
}

export interface Refit {
  readonly id: number;
  readonly state: RefitState;
  readonly reason: string;
  readonly options: RefitOptions;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly candidate?: Candidate;
  readonly report?: RefitReport;
  /** Why it ended as it did. */
  readonly outcome: string;
  /** The version it was promoted as. */
  readonly version?: number;
}

export interface RefitLog {
  /** Undefined, and nothing is noted, while one is under way. */
  ask(reason: string, options: RefitOptions): Promise<Refit | undefined>;
  underWay(): Promise<Refit | undefined>;
  /** Newest first. */
  list(limit: number): Promise<readonly Refit[]>;
  find(id: number): Promise<Refit | undefined>;
  /** This leader runs it. False when another one has taken over since. */
  begin(id: number, epoch: number): Promise<boolean>;
  ready(id: number, epoch: number, made: { readonly candidate: Candidate; readonly report: RefitReport }): Promise<boolean>;
  end(id: number, state: 'refused' | 'failed', ended: { readonly outcome: string; readonly report?: RefitReport | undefined }): Promise<void>;
}
