/**
 * Whole models, cut chunk by chunk by a follower. Each chunk carries the version it was cut at; loading all chunks and
 * then the deltas after `versionStart` up to `versionEnd` gives exactly the tables of `versionEnd`.
 */
import type { VersionRange } from '../domain/retention.js';

export interface SnapshotInfo {
  readonly versionStart: number;
  readonly versionEnd: number;
  /** `applied` and the chain checksum as of `versionEnd`. */
  readonly applied: number;
  readonly checksum: Buffer;
  readonly chunks: number;
  readonly bytes: number;
  /** What its chunks must contain, as it is stored (codec/manifest); absent in one that a release without manifests has cut. */
  readonly manifest?: unknown;
}

export interface SnapshotEnd {
  readonly version: number;
  readonly applied: number;
  readonly checksum: Buffer;
  /** The chain's checksum of the version at which the cut began. */
  readonly parent?: Buffer;
}

export interface SnapshotWriter {
  /** A chunk is a delta's bytes without a parent (codec/delta), cut at `version`. */
  chunk(bytes: Buffer, version: number): Promise<void>;
  /** Makes the snapshot visible; deltas and snapshots that nobody needs any more go (domain/retention). */
  finish(end: SnapshotEnd): Promise<void>;
  abandon(): Promise<void>;
}

export interface SnapshotStore {
  /** The newest complete snapshot, if any; of those that don't end behind `atMost`. */
  latest(atMost?: number): Promise<SnapshotInfo | undefined>;
  /** Chunk bytes in order, each checked against its checksum; throws `CorruptionError`. */
  chunks(snapshot: SnapshotInfo): AsyncIterable<Buffer>;
  /** The right to cut the next one, or undefined while another process is cutting. */
  begin(versionStart: number): Promise<SnapshotWriter | undefined>;
  /** The versions that can be rebuilt from what is stored, in rising order. */
  rebuildable(): Promise<readonly VersionRange[]>;
  /** Bytes of deltas since the newest snapshot and the time it was finished, to decide whether one is due. */
  debt(): Promise<{ readonly deltaBytes: number; readonly deltas: number; readonly finishedAt: number }>;
}
