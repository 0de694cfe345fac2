/** The chain of published model versions, and the fenced right to extend it. */
import type { Candidate } from './candidates.js';

export interface DeltaRecord {
  readonly version: number;
  readonly epoch: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly bytes: Buffer;
  /** SHA-256(parent checksum ‖ header ‖ bytes), 32 bytes; see codec/delta. */
  readonly checksum: Buffer;
  readonly timings: DeltaTimings;
}

/** Milliseconds since 1970, of the newest non-historical entry in the delta. 0 = none. */
export interface DeltaTimings {
  readonly receivedAt: number;
  readonly takenAt: number;
  readonly trainedAt: number;
  /** When its commit began; a follower replaces it by when it saw the delta (docs/decisions/005). */
  readonly committedAt: number;
}

export interface Lease {
  readonly epoch: number;
  /** Aborts when the session that holds the leader's lock is lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface TrainerState {
  readonly version: number;
  readonly applied: number;
  readonly checksum: Buffer;
}

/** What a candidate comes from. */
export type PromotionKind = 'import' | 'refit';

export interface Promotion {
  readonly candidate: Candidate;
  readonly kind: PromotionKind;
  readonly reason: string;
}

export type CommitResult = 'committed' | 'already-committed' | 'fenced';

export interface DeltaLog {
  /** Waits until this process is the only trainer, then raises the epoch. */
  lead(signal: AbortSignal): Promise<Lease>;
  state(): Promise<TrainerState>;
  /** One transaction: the delta, `applied` and `version`, if the epoch is still ours. Safe to repeat with the same bytes. */
  commit(delta: DeltaRecord): Promise<CommitResult>;
  /**
   * The same for a delta whose rows belong on a candidate: in that transaction the candidate becomes the snapshot of the delta's
   * version, the version before it gets the label `previous`, and a model event says why. A `CorruptionError` when the
   * candidate is gone.
   */
  promote(delta: DeltaRecord, promotion: Promotion): Promise<CommitResult>;
  /** Deltas with `after` < version, in order, at most `limit` of them and about 16 MB. */
  read(after: number, limit: number): Promise<readonly DeltaRecord[]>;
}
