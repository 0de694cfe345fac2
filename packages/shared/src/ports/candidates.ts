/**
 * Models that don't answer yet: whole ones, written chunk by chunk beside the chain of versions. A promotion (`DeltaLog.promote`)
 * turns one into the snapshot of a version.
 */
export interface Candidate {
  readonly id: string;
  readonly chunks: number;
  readonly bytes: number;
  /** What its chunks contain, as it is stored (codec/manifest); absent in one that a release without manifests has written. */
  readonly manifest?: object;
}

export interface CandidateWriter {
  /** A chunk is a delta's bytes without a parent (codec/delta), as in a snapshot. */
  chunk(bytes: Buffer): Promise<void>;
  /** What was written; nothing ties it to a version yet. */
  finish(): Candidate;
}

export interface CandidateStore {
  begin(): CandidateWriter;
  /** Chunk bytes in order, each checked against its checksum; throws `CorruptionError`. */
  chunks(candidate: Candidate): AsyncIterable<Buffer>;
  /** Deletes its chunks, unless it has been promoted. */
  drop(id: string): Promise<void>;
  /** Deletes all that were begun longer than `maxAgeMs` ago, but for `except`: their writers have died. The number of candidates. */
  sweep(maxAgeMs: number, except: readonly string[]): Promise<number>;
}
