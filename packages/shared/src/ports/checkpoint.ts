/**
 * Histories, item documents, rules and profiles as of some place in the log, so that nobody reads the whole log at start.
 *
 * 1. Rows may be newer than `seq` says: folding the tail again is harmless (domain/history, domain/catalogue).
 * 2. Who writes has the right to (one process in the whole installation), and has folded the log up to `seq` at least: so rows never go back.
 */
import type { Buffer } from 'node:buffer';
import type { UserRef } from '../domain/event.js';

export interface CheckpointStore {
  /** The place up to which every row is complete; 0 without a checkpoint. */
  seq(): Promise<number>;
  /** Everybody who has a history here. */
  loadRefs(take: (ref: UserRef) => void): Promise<void>;
  /** Histories of these shoppers, as far as they are stored. */
  findUsers(refs: readonly UserRef[]): Promise<ReadonlyMap<UserRef, Buffer>>;
  loadItems(take: (bytes: Buffer) => void): Promise<void>;
  loadRules(take: (bytes: Buffer) => void): Promise<void>;
  loadProfiles(take: (bytes: Buffer) => void): Promise<void>;
}

/** What changes a checkpoint. */
export interface CheckpointWrites {
  saveRules(rows: readonly (readonly [string, Buffer])[]): Promise<void>;
  saveUsers(rows: readonly (readonly [UserRef, Buffer])[]): Promise<void>;
  saveItems(rows: readonly (readonly [string, Buffer])[]): Promise<void>;
  /** A row without a profile is taken away. One from before its shopper's erasure (port `Erasure`) isn't stored, however late it comes. */
  saveProfiles(rows: readonly (readonly [UserRef, StoredProfile | undefined])[]): Promise<void>;
  /** Declares every row complete up to `seq`. */
  finish(seq: number): Promise<void>;
}

export interface StoredProfile {
  /** The entry that it is from. */
  readonly seq: number;
  readonly state: Buffer;
}

/**
 * The right to write, held until it is released or the process ends. What is written goes with it: once it is lost, nothing more is, not even
 * by a process that stood still meanwhile and hasn't noticed.
 */
export interface CheckpointRight extends CheckpointWrites {
  /** Aborts when the right was lost (the session that holds the lock is gone). */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** A checkpoint store whose writers take turns: one process in the whole installation writes. */
export interface OwnedCheckpointStore extends CheckpointStore {
  /** The right to write, or undefined while another process has it. */
  tryOwn(): Promise<CheckpointRight | undefined>;
}
