/**
 * Snapshots in memory. Same contract as the Postgres adapter: visible when whole, one cutter at a time, retention of
 * the two newest, of what pinned versions are rebuilt from, and of the deltas they need.
 */
import { createHash } from 'node:crypto';
import { CorruptionError } from '../../errors.js';
import { decodeDelta } from '../../codec/delta.js';
import { createManifest } from '../../codec/manifest.js';
import { planRetention, rebuildable } from '../../domain/retention.js';
import type { CandidateStore } from '../../ports/candidates.js';
import type { Clock } from '../../ports/clock.js';
import { memoryCandidates } from './candidates.js';
import type { SnapshotInfo, SnapshotStore, SnapshotWriter } from '../../ports/snapshot-store.js';
import type { MemoryDeltaLog } from './delta-log.js';

export interface MemorySnapshotStore extends SnapshotStore {
  /** Replaces the bytes of a stored chunk: what a fault on disk would do. */
  tamper(versionEnd: number, chunk: number, bytes: Buffer): void;
  readonly candidates: CandidateStore;
  /** What these versions are rebuilt from is kept as well. */
  keepFor(pinned: () => readonly number[]): void;
}

interface Chunk {
  bytes: Buffer;
  readonly checksum: Buffer;
}

interface Stored {
  readonly info: SnapshotInfo;
  readonly chunks: readonly Chunk[];
  readonly finishedAt: number;
}

/** Snapshots kept. */
const KEEP = 2;

export function memorySnapshotStore(deltas: MemoryDeltaLog, clock: Clock): MemorySnapshotStore {
  let stored: Stored[] = [];
  let pinned: () => readonly number[] = () => [];
  let cutting = false;

  const finish = (snapshot: Stored): void => {
    stored.push(snapshot);
    const plan = planRetention(stored.map(({ info }) => info), pinned(), KEEP);
    if (plan === undefined) return;
    stored = stored.filter(({ info }) => !plan.snapshots.includes(info.versionEnd));
    deltas.retire(plan.deltasUpTo, plan.except);
  };

  const candidates = memoryCandidates(clock);
  deltas.onPromote(({ version, toSeq, checksum }, { candidate }, parent) => {
    const chunks = candidates.take(candidate);
    const info = { versionStart: version - 1, versionEnd: version, applied: toSeq, checksum, chunks: candidate.chunks, bytes: candidate.bytes, ...(candidate.manifest && { manifest: { ...candidate.manifest, parent: parent.toString('hex') } }) };
    // The delta is there only once this has returned: retention looks after it.
    queueMicrotask(() => finish({ info, chunks, finishedAt: clock.now() }));
  });

  const writer = (versionStart: number): SnapshotWriter => {
    const chunks: Chunk[] = [];
    const manifest = createManifest();
    const end = (): void => {
      cutting = false;
    };
    return {
      chunk(bytes) {
        manifest.add(decodeDelta(bytes));
        chunks.push({ bytes: Buffer.from(bytes), checksum: sha256(bytes) });
        return Promise.resolve();
      },
      finish({ version, applied, checksum, parent }) {
        const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
        finish({ info: { versionStart, versionEnd: version, applied, checksum, chunks: chunks.length, bytes, manifest: { ...manifest.finish(), ...(parent && { parent: parent.toString('hex') }) } }, chunks, finishedAt: clock.now() });
        end();
        return Promise.resolve();
      },
      abandon() {
        end();
        return Promise.resolve();
      },
    };
  };

  return {
    candidates,
    latest: (atMost = Number.MAX_SAFE_INTEGER) => Promise.resolve(stored.findLast(({ info }) => info.versionEnd <= atMost)?.info),
    rebuildable: () => Promise.resolve(rebuildable(deltas.runs(), stored.map(({ info }) => info))),
    keepFor: (versions) => {
      pinned = versions;
    },
    chunks: (snapshot) => readChunks(stored, snapshot),
    begin(versionStart) {
      if (cutting) return Promise.resolve(undefined);
      cutting = true;
      return Promise.resolve(writer(versionStart));
    },
    debt() {
      const last = stored.at(-1);
      const { bytes, deltas: count } = deltas.since(last?.info.versionEnd ?? 0);
      return Promise.resolve({ deltaBytes: bytes, deltas: count, finishedAt: last?.finishedAt ?? 0 });
    },
    tamper(versionEnd, chunk, bytes) {
      const found = stored.find(({ info }) => info.versionEnd === versionEnd)?.chunks[chunk];
      if (found !== undefined) found.bytes = bytes;
    },
  };
}

async function* readChunks(stored: readonly Stored[], snapshot: SnapshotInfo): AsyncGenerator<Buffer> {
  const found = stored.find(({ info }) => info.versionEnd === snapshot.versionEnd);
  for (let chunk = 0; chunk < snapshot.chunks; chunk++) {
    const part = found?.chunks[chunk];
    if (part === undefined) throw new CorruptionError('snapshot_chunk', `chunk ${chunk} of the snapshot of version ${snapshot.versionEnd} is missing`);
    if (!sha256(part.bytes).equals(part.checksum)) {
      throw new CorruptionError('snapshot_checksum', `chunk ${chunk} of the snapshot of version ${snapshot.versionEnd} is not what was written`);
    }
    yield await Promise.resolve(part.bytes);
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
