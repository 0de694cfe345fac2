/** The last versions this process has applied, with what they contained and when: /v1/models and event traces. */
import type { Delta } from '@freshet/shared/codec/delta';
import type { TableName } from '@freshet/shared/domain/tables';
import type { DeltaRecord, DeltaTimings } from '@freshet/shared/ports/delta-log';

export interface AppliedVersion {
  readonly version: number;
  readonly epoch: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly bytes: number;
  readonly checksum: string;
  readonly rows: Readonly<Partial<Record<TableName, number>>>;
  readonly timings: DeltaTimings;
  readonly appliedAt: number;
}

export interface Versions {
  add(version: AppliedVersion): void;
  find(version: number): AppliedVersion | undefined;
  /** The oldest version kept that has learned entry `seq`; undefined when it is older than that or not learned yet. */
  thatLearned(seq: number): AppliedVersion | undefined;
  /** At most `limit`, newest first, below `before`. */
  recent(limit: number, before?: number): readonly AppliedVersion[];
}

export const VERSIONS_KEPT = 4_096;

export function createVersions(): Versions {
  // Ring by version: a jump over versions (a snapshot) leaves old entries, which `at` recognises by their number.
  const ring = new Array<AppliedVersion | undefined>(VERSIONS_KEPT);
  let newest = 0;

  const find = (version: number): AppliedVersion | undefined => {
    const entry = ring[version % VERSIONS_KEPT];
    return entry?.version === version ? entry : undefined;
  };

  return {
    add(version) {
      ring[version.version % VERSIONS_KEPT] = version;
      newest = version.version;
    },
    find,
    thatLearned(seq) {
      let found: AppliedVersion | undefined;
      for (let version = newest; version > newest - VERSIONS_KEPT; version--) {
        const entry = find(version);
        if (entry === undefined || entry.toSeq < seq) break;
        found = entry;
      }
      return found !== undefined && found.fromSeq <= seq ? found : undefined;
    },
    recent(limit, before = newest + 1) {
      const found: AppliedVersion[] = [];
      for (let version = Math.min(newest, before - 1); version > newest - VERSIONS_KEPT && found.length < limit; version--) {
        const entry = find(version);
        if (entry !== undefined) found.push(entry);
      }
      return found;
    },
  };
}

export function describeVersion(record: DeltaRecord, delta: Delta, appliedAt: number): AppliedVersion {
  return {
    version: record.version,
    epoch: record.epoch,
    fromSeq: record.fromSeq,
    toSeq: record.toSeq,
    bytes: record.bytes.length,
    checksum: record.checksum.toString('hex'),
    rows: Object.fromEntries(delta.tables.map((rows) => [rows.table, rows.ids.length])),
    timings: record.timings,
    appliedAt,
  };
}
