/**
 * Brings a sink (trainer or serving) to a published version: the newest snapshot that doesn't lie behind it, then the deltas
 * after that.
 *
 * 1. Every chunk and delta is checked (checksum chain, format, values) before any of it is written; a snapshot is held against its
 *    manifest when it is whole.
 * 2. The chain is followed by version without gaps; a gap or a wrong checksum is a `CorruptionError`.
 * 3. A promotion's rows belong on its own snapshot: met behind an older one (it was committed meanwhile) it is a `CorruptionError`
 *    too, and the next try begins with its snapshot.
 */
import { createHash } from 'node:crypto';
import { chainChecksum, type Delta, decodeDelta, FIRST_CHECKSUM, isPromotion, type TableRows } from '../codec/delta.js';
import { checkManifest, createManifest, type Manifest, parseManifest } from '../codec/manifest.js';
import { CorruptionError } from '../errors.js';
import type { Candidate, CandidateStore } from '../ports/candidates.js';
import type { DeltaLog, DeltaRecord } from '../ports/delta-log.js';
import type { ModelSink } from '../ports/model-sink.js';
import type { SnapshotInfo, SnapshotStore } from '../ports/snapshot-store.js';
import { checkDelta } from './check.js';

/** Where in the chain a sink stands. */
export interface ModelPosition {
  readonly version: number;
  /** The newest log entry whose events the parameters have learned. */
  readonly applied: number;
  readonly checksum: Buffer;
}

export const START: ModelPosition = { version: 0, applied: 0, checksum: FIRST_CHECKSUM };

/** Deltas fetched at once while catching up. */
const PAGE = 64;

/** Loads the newest snapshot (if any) and every delta after it. */
export async function loadModel(stores: { deltas: DeltaLog; snapshots: SnapshotStore }, sink: ModelSink): Promise<ModelPosition> {
  const position = await loadSnapshot(stores, sink);
  return catchUp(stores.deltas, sink, position);
}

export interface VersionTarget {
  readonly version: number;
  /** Awaited between chunks and deltas, so that who loads aside can answer meanwhile. */
  readonly rest: () => Promise<void>;
}

/** Loads exactly this version; a `CorruptionError` when something it is rebuilt from is missing or damaged. */
export async function loadVersion(stores: { deltas: DeltaLog; snapshots: SnapshotStore }, sink: ModelSink, { version, rest }: VersionTarget): Promise<ModelPosition> {
  const latest = (): ReturnType<SnapshotStore['latest']> => stores.snapshots.latest(version);
  let position = await loadSnapshot({ ...stores, snapshots: { ...stores.snapshots, latest } }, sink, rest);
  while (position.version < version) {
    const page = await stores.deltas.read(position.version, Math.min(PAGE, version - position.version));
    if (page.length === 0) throw new CorruptionError('version_missing', `version ${version} can't be rebuilt: nothing follows version ${position.version}`);
    for (const record of page) position = await takeInTurns(record, position, { sink, rest });
  }
  return position;
}

async function takeInTurns(record: DeltaRecord, position: ModelPosition, { sink, rest }: { readonly sink: ModelSink; readonly rest: () => Promise<void> }): Promise<ModelPosition> {
  const { delta, next } = await verifyInTurns(record, position, rest);
  refusePromotion(delta);
  sink.accept?.(delta.header);
  await applyInTurns(delta, sink, rest);
  return next;
}

function refusePromotion({ header }: Delta): void {
  if (isPromotion(header)) throw new CorruptionError('model_promoted', `version ${header.version} begins another lineage: it is loaded by its snapshot`);
}

/** Applies every delta after `position` that is there now. */
async function catchUp(deltas: DeltaLog, sink: ModelSink, from: ModelPosition): Promise<ModelPosition> {
  let position = from;
  for (;;) {
    const page = await deltas.read(position.version, PAGE);
    if (page.length === 0) return position;
    for (const record of page) position = take(record, position, sink);
  }
}

function take(record: DeltaRecord, position: ModelPosition, sink: ModelSink): ModelPosition {
  const { delta, next } = verify(record, position);
  refusePromotion(delta);
  sink.accept?.(delta.header);
  apply(delta, sink);
  return next;
}

export interface Verified {
  readonly delta: Delta;
  readonly next: ModelPosition;
}

/** Checks one delta against the chain and its own format; nothing is written. */
export function verify(record: DeltaRecord, position: ModelPosition): Verified {
  checkGap(record, position);
  const found = verifyBytes(record, position, chainChecksum(position.checksum, record.bytes));
  checkDelta(found.delta);
  return found;
}

/** Bytes hashed in one go, and rows looked at. */
const HASHED_AT_ONCE = 256 * 1024;
const CHECKED_AT_ONCE = 2_048;
/** Rows written in one go: about a millisecond. */
const WRITTEN_AT_ONCE = 512;

/** The same in turns: `rest` is awaited between them. */
export async function verifyInTurns(record: DeltaRecord, position: ModelPosition, rest: () => Promise<void>): Promise<Verified> {
  checkGap(record, position);
  const hash = createHash('sha256').update(position.checksum);
  for (let at = 0; at < record.bytes.length; at += HASHED_AT_ONCE) {
    hash.update(record.bytes.subarray(at, at + HASHED_AT_ONCE));
    await rest();
  }
  const found = verifyBytes(record, position, hash.digest());
  for (const part of inParts(found.delta.tables, CHECKED_AT_ONCE)) {
    checkDelta({ header: found.delta.header, tables: [part] });
    await rest();
  }
  return found;
}

/** The same rows, at most `most` in each part. */
function* inParts(tables: readonly TableRows[], most: number): Generator<TableRows> {
  for (const { table, ids, values } of tables) {
    const stride = values.length / Math.max(1, ids.length);
    for (let from = 0; from < ids.length; from += most) {
      yield { table, ids: ids.subarray(from, from + most), values: values.subarray(from * stride, (from + most) * stride) };
    }
  }
}

function checkGap(record: DeltaRecord, position: ModelPosition): void {
  if (record.version === position.version + 1) return;
  throw new CorruptionError('delta_gap', `version ${record.version} follows version ${position.version}: one is missing`);
}

/** `checksum`: of the position's and the record's bytes. */
function verifyBytes(record: DeltaRecord, position: ModelPosition, checksum: Buffer): Verified {
  if (!checksum.equals(record.checksum)) {
    throw new CorruptionError('delta_checksum', `version ${record.version} is not what was written: its checksum differs`);
  }
  const delta = decodeDelta(record.bytes);
  if (delta.header.version !== record.version || delta.header.toSeq !== record.toSeq || delta.header.fromSeq !== position.applied + 1) {
    throw new CorruptionError('delta_header', `version ${record.version} says it is version ${delta.header.version}`);
  }
  return { delta, next: { version: record.version, applied: record.toSeq, checksum } };
}

export function apply(delta: Pick<Delta, 'vocabulary' | 'tables'>, sink: ModelSink): void {
  for (const entry of delta.vocabulary) sink.name(entry.row, entry.name, entry.table);
  for (const rows of delta.tables) sink.write(rows.table, rows.ids, rows.values);
}

/**
 * The chunks, held against the snapshot's manifest, then the deltas between the first chunk's version and the snapshot's end, each
 * checked against the chain from the manifest's parent on. The chain's end must meet the snapshot's.
 */
async function loadSnapshot(stores: { deltas: DeltaLog; snapshots: SnapshotStore }, sink: ModelSink, rest: () => Promise<void> = atOnce): Promise<ModelPosition> {
  const snapshot = await stores.snapshots.latest();
  if (snapshot === undefined) return START;
  const manifest = snapshot.manifest === undefined ? undefined : parseManifest(snapshot.manifest);
  await loadChunks(stores.snapshots.chunks(snapshot), { sink, rest, manifest });
  const link = createLink(snapshot, manifest?.parent);
  for (let version = snapshot.versionStart; version < snapshot.versionEnd; ) {
    const page = await stores.deltas.read(version, Math.min(PAGE, snapshot.versionEnd - version));
    if (page.length === 0) throw new CorruptionError('snapshot_gap', `version ${version + 1}, which the snapshot needs, is missing`);
    for (const record of page) {
      if (record.version !== version + 1) throw new CorruptionError('snapshot_gap', `version ${version + 1} is missing`);
      link.take(record);
      const delta = decodeDelta(record.bytes);
      checkDelta(delta);
      sink.accept?.(delta.header);
      await rest();
      await applyInTurns(delta, sink, rest);
      version = record.version;
    }
  }
  link.end();
  return { version: snapshot.versionEnd, applied: snapshot.applied, checksum: snapshot.checksum };
}

/** A whole model that no version begins with yet, its chunks held against its manifest. `rest` is awaited between parts of them. */
export async function loadCandidate(candidates: Pick<CandidateStore, 'chunks'>, candidate: Candidate, { sink, rest }: Omit<ChunkTarget, 'manifest'>): Promise<void> {
  await loadChunks(candidates.chunks(candidate), { sink, rest, manifest: candidate.manifest === undefined ? undefined : parseManifest(candidate.manifest) });
}

/** For a sink that nobody answers from yet: `rest` is awaited between its parts. */
export async function applyInTurns(delta: Pick<Delta, 'vocabulary' | 'tables'>, sink: ModelSink, rest: () => Promise<void>): Promise<void> {
  for (let from = 0; from < delta.vocabulary.length; from += WRITTEN_AT_ONCE) {
    apply({ vocabulary: delta.vocabulary.slice(from, from + WRITTEN_AT_ONCE), tables: [] }, sink);
    await rest();
  }
  for (const { table, ids, values } of inParts(delta.tables, WRITTEN_AT_ONCE)) {
    sink.write(table, ids, values);
    await rest();
  }
}

interface ChunkTarget {
  readonly sink: ModelSink;
  readonly rest: () => Promise<void>;
  readonly manifest: Manifest | undefined;
}

async function loadChunks(chunks: AsyncIterable<Buffer>, { sink, rest, manifest }: ChunkTarget): Promise<void> {
  const read = createManifest();
  for await (const bytes of chunks) {
    const chunk = decodeDelta(bytes);
    checkDelta(chunk);
    sink.accept?.(chunk.header);
    await rest();
    read.add(chunk);
    await rest();
    await applyInTurns(chunk, sink, rest);
  }
  if (manifest !== undefined) checkManifest(manifest, read.finish());
}

/** The chain from the version of the first chunk to the snapshot's end; where the parent isn't known it begins with the first delta. */
function createLink({ versionStart, versionEnd, checksum }: SnapshotInfo, parent: string | undefined): { take(record: DeltaRecord): void; end(): void } {
  let at = versionStart === 0 ? FIRST_CHECKSUM : parent === undefined ? undefined : Buffer.from(parent, 'hex');
  return {
    take(record) {
      if (at !== undefined && !chainChecksum(at, record.bytes).equals(record.checksum)) {
        throw new CorruptionError('snapshot_parent', `version ${record.version} doesn’t follow from the version that the snapshot of version ${versionEnd} begins at: either isn’t what was written`);
      }
      at = record.checksum;
    },
    end() {
      if (at === undefined || at.equals(checksum)) return;
      throw new CorruptionError('snapshot_parent', `the chain doesn’t lead to the snapshot of version ${versionEnd}: it belongs to another one`);
    },
  };
}

const atOnce = (): Promise<void> => Promise.resolve();
