/** A promotion: a candidate becomes the snapshot of a version, in the one commit that makes the version, once. */
import { memoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { memorySnapshotStore } from '@freshet/shared/adapters/memory/snapshot-store';
import { postgresCandidates } from '@freshet/shared/adapters/postgres/candidates';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresModelEvents } from '@freshet/shared/adapters/postgres/model-events';
import { postgresModelLabels } from '@freshet/shared/adapters/postgres/model-labels';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum, encodeDelta, FLAG_PROMOTED } from '@freshet/shared/codec/delta';
import { loadModel, loadVersion } from '@freshet/shared/model/load';
import type { Candidate, CandidateStore } from '@freshet/shared/ports/candidates';
import type { DeltaLog, DeltaRecord, TrainerState } from '@freshet/shared/ports/delta-log';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import { describe, expect, it } from 'vitest';
import { useModelDatabase } from '../support/model-database.js';

const model = useModelDatabase();
const never = new AbortController().signal;

interface Stores {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly candidates: CandidateStore;
  readonly lineage: number;
}

async function postgresStores(): Promise<Stores> {
  const lineage = await model.newLineage();
  return {
    lineage,
    deltas: postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage }),
    snapshots: postgresSnapshotStore(model.pool, lineage),
    candidates: postgresCandidates(model.pool, lineage),
  };
}

function memoryStores(): Promise<Stores> {
  const deltas = memoryDeltaLog();
  const snapshots = memorySnapshotStore(deltas, systemClock);
  return Promise.resolve({ lineage: 0, deltas, snapshots, candidates: snapshots.candidates });
}

/** Names one item, `NAME-VERSION` in row VERSION. */
function after(state: TrainerState, { epoch, name = 'old', flags = 0 }: { epoch: number; name?: string; flags?: number }): DeltaRecord {
  const version = state.version + 1;
  const seq = state.applied + 1;
  const header = { flags, version, fromSeq: seq, toSeq: seq, learnedMs: 1, epoch, dim: 16, configHash: 7, trainingHash: 8 };
  const bytes = encodeDelta({ header, vocabulary: [{ row: version, name: `${name}-${version}` }], tables: [] });
  const timings = { receivedAt: 1, takenAt: 1, trainedAt: 1, committedAt: 1 };
  return { version, epoch, fromSeq: seq, toSeq: seq, bytes, checksum: chainChecksum(state.checksum, bytes), timings };
}

async function grow(stores: Stores, count: number, epoch: number): Promise<void> {
  for (let n = 0; n < count; n++) expect(await stores.deltas.commit(after(await stores.deltas.state(), { epoch }))).toBe('committed');
}

async function candidateOf({ candidates }: Stores): Promise<Candidate> {
  const writer = candidates.begin();
  const header = { flags: 0, version: 0, fromSeq: 0, toSeq: 0, learnedMs: 1, epoch: 0, dim: 16, configHash: 7, trainingHash: 0 };
  for (const row of [1, 2]) await writer.chunk(encodeDelta({ header, vocabulary: [{ row, name: `candidate-${row}` }], tables: [] }));
  return writer.finish();
}

async function chunksOf(chunks: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return found;
}

async function namesOf(stores: Stores, version?: number): Promise<readonly string[]> {
  const names: string[] = [];
  const sink = { name: (_row: number, name: string) => void names.push(name), write: () => undefined };
  await (version === undefined ? loadModel(stores, sink) : loadVersion(stores, sink, { version, rest: () => Promise.resolve() }));
  return names;
}

describe.each([
  ['on Postgres', postgresStores],
  ['in memory', memoryStores],
])('a promotion %s', (_where, open) => {
  it('makes the candidate the base of its version, and versions go on from there', async () => {
    const stores = await open();
    const { epoch, release } = await stores.deltas.lead(never);
    await grow(stores, 3, epoch);
    const candidate = await candidateOf(stores);
    const delta = after(await stores.deltas.state(), { epoch, name: 'new', flags: FLAG_PROMOTED });
    expect(await stores.deltas.promote(delta, { candidate, kind: 'refit', reason: 'better' })).toBe('committed');
    await grow(stores, 1, epoch);
    expect(await namesOf(stores)).toEqual(['candidate-1', 'candidate-2', 'new-4', 'old-5']);
    expect(await namesOf(stores, 4)).toEqual(['candidate-1', 'candidate-2', 'new-4']);
    expect(await namesOf(stores, 3)).toEqual(['old-1', 'old-2', 'old-3']);
    expect((await stores.deltas.state()).version).toBe(5);
    await release();
  });

  it('takes effect once however often its bytes come', async () => {
    const stores = await open();
    const { epoch, release } = await stores.deltas.lead(never);
    const promotion = { candidate: await candidateOf(stores), kind: 'import', reason: '' } as const;
    const delta = after(await stores.deltas.state(), { epoch, flags: FLAG_PROMOTED });
    expect(await stores.deltas.promote(delta, promotion)).toBe('committed');
    expect(await stores.deltas.promote(delta, promotion)).toBe('already-committed');
    expect(await stores.snapshots.rebuildable()).toEqual([{ from: 1, to: 1 }]);
    await release();
  });

  it('is fenced off when another leader has taken over, and leaves the candidate where it was', async () => {
    const stores = await open();
    const first = await stores.deltas.lead(never);
    const candidate = await candidateOf(stores);
    const delta = after(await stores.deltas.state(), { epoch: first.epoch, flags: FLAG_PROMOTED });
    await first.release();
    const second = await stores.deltas.lead(never);
    expect(await stores.deltas.promote(delta, { candidate, kind: 'refit', reason: '' })).toBe('fenced');
    expect((await stores.deltas.state()).version).toBe(0);
    const chunks = await chunksOf(stores.candidates.chunks(candidate));
    expect(chunks).toHaveLength(2);
    await second.release();
  });

  it('changes nothing when the candidate is gone', async () => {
    const stores = await open();
    const { epoch, release } = await stores.deltas.lead(never);
    await grow(stores, 1, epoch);
    const candidate = await candidateOf(stores);
    await stores.candidates.drop(candidate.id);
    const delta = after(await stores.deltas.state(), { epoch, flags: FLAG_PROMOTED });
    await expect(stores.deltas.promote(delta, { candidate, kind: 'refit', reason: '' })).rejects.toMatchObject({ code: 'candidate_gone' });
    expect((await stores.deltas.state()).version).toBe(1);
    expect(await namesOf(stores)).toEqual(['old-1']);
    await release();
  });

  it('a reader that meets it behind an older snapshot is told to begin anew, and then loads it', async () => {
    const stores = await open();
    const { epoch, release } = await stores.deltas.lead(never);
    await grow(stores, 2, epoch);
    const delta = after(await stores.deltas.state(), { epoch, name: 'new', flags: FLAG_PROMOTED });
    await stores.deltas.promote(delta, { candidate: await candidateOf(stores), kind: 'refit', reason: '' });
    const blind = { ...stores, snapshots: { ...stores.snapshots, latest: () => Promise.resolve(undefined) } };
    await expect(namesOf(blind)).rejects.toMatchObject({ code: 'model_promoted' });
    expect(await namesOf(stores)).toEqual(['candidate-1', 'candidate-2', 'new-3']);
    await release();
  });

  it('a cut that begins leaves candidates alone, and a sweep takes those whose writer has died', async () => {
    const stores = await open();
    const candidate = await candidateOf(stores);
    const other = await candidateOf(stores);
    const cut = await stores.snapshots.begin(0);
    await cut?.abandon();
    expect(await stores.candidates.sweep(60_000, [])).toBe(0);
    expect(await stores.candidates.sweep(-1_000, [other.id])).toBe(1);
    await expect(chunksOf(stores.candidates.chunks(candidate))).rejects.toMatchObject({ code: 'snapshot_chunk' });
    expect(await chunksOf(stores.candidates.chunks(other))).toHaveLength(2);
  });
});

describe('a promotion on Postgres', () => {
  it('keeps the lineage before it while the label `previous` names its last version, and says why in the model’s events', async () => {
    const stores = await postgresStores();
    const { epoch, release } = await stores.deltas.lead(never);
    await grow(stores, 3, epoch);
    const delta = after(await stores.deltas.state(), { epoch, flags: FLAG_PROMOTED });
    await stores.deltas.promote(delta, { candidate: await candidateOf(stores), kind: 'refit', reason: 'the gate was passed' });
    for (let n = 0; n < 3; n++) {
      await grow(stores, 2, epoch);
      const { version, applied, checksum } = await stores.deltas.state();
      const cut = await stores.snapshots.begin(version);
      const header = { flags: 0, version, fromSeq: applied, toSeq: applied, learnedMs: 1, epoch, dim: 16, configHash: 7, trainingHash: 0 };
      await cut?.chunk(encodeDelta({ header, vocabulary: [], tables: [] }), version);
      await cut?.finish({ version, applied, checksum });
    }
    const [label] = await postgresModelLabels(model.pool, stores.lineage).list();
    expect(label).toMatchObject({ label: 'previous', version: 3, reason: 'the gate was passed' });
    expect(await namesOf(stores, 3)).toEqual(['old-1', 'old-2', 'old-3']);
    expect(await stores.snapshots.rebuildable()).not.toContainEqual(expect.objectContaining({ from: 4 }));
    const [event] = await postgresModelEvents(model.pool, stores.lineage).list(10);
    expect(event).toMatchObject({ kind: 'promoted', version: 4, previous: 3, reason: 'the gate was passed' });
    await release();
  });
});
