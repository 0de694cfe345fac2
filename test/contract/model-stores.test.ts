/** The contracts of snapshots, checkpoint and event traces; the first two on both adapters. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { memoryCheckpoint } from '@freshet/shared/adapters/memory/checkpoint';
import { memoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { memorySnapshotStore } from '@freshet/shared/adapters/memory/snapshot-store';
import { postgresCheckpoint } from '@freshet/shared/adapters/postgres/checkpoint';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { postgresTraceStore } from '@freshet/shared/adapters/postgres/trace-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum, encodeDelta } from '@freshet/shared/codec/delta';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, DEFAULT_PRODUCER, eventKey } from '@freshet/shared/domain/keys';
import { loadModel } from '@freshet/shared/model/load';
import type { OwnedCheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import { ownCheckpoint } from '../support/checkpoint-right.js';
import { useModelDatabase } from '../support/model-database.js';
import { createDatabase } from '../support/postgres.js';

const model = useModelDatabase();

const never = new AbortController().signal;

interface Stores {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
}

async function postgresStores(): Promise<Stores> {
  const lineage = await model.newLineage();
  return { deltas: postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage }), snapshots: postgresSnapshotStore(model.pool, lineage) };
}

function memoryStores(): Promise<Stores> {
  const deltas = memoryDeltaLog();
  return Promise.resolve({ deltas, snapshots: memorySnapshotStore(deltas, systemClock) });
}

/** Delta bytes that name one item: `item-N` in row N. */
function bytesOf(version: number, fromSeq = version): Buffer {
  const header = { flags: 0, version, fromSeq, toSeq: version, learnedMs: 1, epoch: 1, dim: 16, configHash: 7, trainingHash: 8 };
  return encodeDelta({ header, vocabulary: [{ row: version, name: `item-${version}` }], tables: [] });
}

async function grow({ deltas }: Stores, to: number): Promise<void> {
  const lease = await deltas.lead(never);
  for (;;) {
    const state = await deltas.state();
    const version = state.version + 1;
    if (version > to) break;
    const bytes = bytesOf(version);
    const timings = { receivedAt: 1, takenAt: 1, trainedAt: 1, committedAt: 1 };
    await deltas.commit({ version, epoch: lease.epoch, fromSeq: version, toSeq: version, bytes, checksum: chainChecksum(state.checksum, bytes), timings });
  }
  await lease.release();
}

async function cut(stores: Stores): Promise<void> {
  const state = await stores.deltas.state();
  const writer = await stores.snapshots.begin(state.version);
  if (writer === undefined) throw new Error('somebody else is cutting');
  await writer.chunk(bytesOf(state.version), state.version);
  await writer.chunk(bytesOf(state.version + 1_000), state.version);
  await writer.finish(state);
}

async function names(stores: Stores): Promise<{ version: number; names: string[] }> {
  const found: string[] = [];
  const position = await loadModel(stores, { name: (_row, name) => found.push(name), write: () => undefined });
  return { version: position.version, names: found };
}

describe.each([
  ['on Postgres', postgresStores],
  ['in memory', memoryStores],
])('snapshots %s', (_where, open) => {
  it('are not there at first, and the model is loaded from its deltas', async () => {
    const stores = await open();
    await grow(stores, 3);
    expect(await stores.snapshots.latest()).toBeUndefined();
    expect(await names(stores)).toEqual({ version: 3, names: ['item-1', 'item-2', 'item-3'] });
    expect((await stores.snapshots.debt()).deltas).toBe(3);
  });

  it('stand in for the deltas before them', async () => {
    const stores = await open();
    await grow(stores, 3);
    await cut(stores);
    await grow(stores, 5);
    expect(await names(stores)).toEqual({ version: 5, names: ['item-3', 'item-1003', 'item-4', 'item-5'] });
    expect((await stores.snapshots.debt()).deltas).toBe(2);
  });

  it('are visible only when whole, and one process cuts at a time', async () => {
    const stores = await open();
    await grow(stores, 1);
    const writer = await stores.snapshots.begin(1);
    await writer?.chunk(bytesOf(1), 1);
    expect(await stores.snapshots.latest()).toBeUndefined();
    expect(await stores.snapshots.begin(1)).toBeUndefined();
    await writer?.abandon();
    await cut(stores);
    expect((await stores.snapshots.latest())?.chunks).toBe(2);
  });

  it('let go of deltas that the second last no longer needs', async () => {
    const stores = await open();
    for (const version of [2, 4, 6]) {
      await grow(stores, version);
      await cut(stores);
    }
    expect((await stores.deltas.read(0, 100)).map((delta) => delta.version)).toEqual([5, 6]);
    expect((await stores.snapshots.latest())?.versionEnd).toBe(6);
  });

  it('meet the chain: the checksum of their end is the one of the delta', async () => {
    const stores = await open();
    await grow(stores, 2);
    await cut(stores);
    expect((await stores.snapshots.latest())?.checksum).toEqual((await stores.deltas.state()).checksum);
  });
});

describe.each<[string, () => OwnedCheckpointStore]>([
  ['on Postgres', () => postgresCheckpoint(model.pool)],
  ['in memory', () => memoryCheckpoint()],
])('the checkpoint %s', (_where, open) => {
  const ref = (text: string): UserRef => text.padStart(16, '0') as UserRef;

  it('keeps histories by reference, the newest bytes of each, and moves forward only', async () => {
    const checkpoint = open();
    const high = 'ffffffffffffffff' as UserRef;
    await using right = await ownCheckpoint(checkpoint);
    await right.saveUsers([[ref('1'), Buffer.from('old')], [high, Buffer.from('high')]]);
    await right.saveUsers([[ref('1'), Buffer.from('new')]]);
    await right.finish(7);
    await right.finish(3);
    expect(await checkpoint.seq()).toBe(7);
    const known = new Set<UserRef>();
    await checkpoint.loadRefs((user) => known.add(user));
    expect(known).toEqual(new Set([ref('1'), high]));
    const found = await checkpoint.findUsers([high, ref('2'), ref('1')]);
    expect(new Map([...found].map(([user, bytes]) => [user, bytes.toString()]))).toEqual(new Map([[ref('1'), 'new'], [high, 'high']]));
  });

  it('keeps item documents', async () => {
    const checkpoint = open();
    await using right = await ownCheckpoint(checkpoint);
    await right.saveItems([['a', Buffer.from('1')], ['b', Buffer.from('2')]]);
    await right.saveItems([['a', Buffer.from('3')]]);
    const items: string[] = [];
    await checkpoint.loadItems((bytes) => items.push(bytes.toString()));
    expect(items.sort()).toEqual(['2', '3']);
  });

  it('gives each of more items than a page has, whatever characters their ids have', async () => {
    const checkpoint = open();
    await using right = await ownCheckpoint(checkpoint);
    // The last ones of pages are among them: ids are in the database's order, which isn't known here.
    const ids = Array.from({ length: 9_000 }, (_, n) => `${['it’s', "'", '\\', '"', 'É', '商品', '\u{1F600}', '%'][n % 8] ?? ''} ${n}`);
    await right.saveItems(ids.map((id) => [id, Buffer.from(id)]));
    const loaded: string[] = [];
    await checkpoint.loadItems((bytes) => loaded.push(bytes.toString()));
    expect(new Set(loaded)).toEqual(new Set([...loaded.filter((text) => text.length === 1), ...ids]));
    expect(new Set(loaded).size).toBe(loaded.length);
  });

  it('has one writer at a time', async () => {
    const checkpoint = open();
    const right = await checkpoint.tryOwn();
    expect(right).toBeDefined();
    expect(await checkpoint.tryOwn()).toBeUndefined();
    await right?.release();
    const next = await checkpoint.tryOwn();
    expect(next).toBeDefined();
    await next?.release();
  });
});

it('a checkpoint’s owner whose session is lost writes nothing any more, however late it notices, and the next one can', async () => {
  const checkpoint = postgresCheckpoint(model.pool);
  const right = await checkpoint.tryOwn();
  const user = '00000000000000cc' as UserRef;
  await right?.saveUsers([[user, Buffer.from('before')]]);
  const held = await model.pool.query<{ pid: number }>(`select l.pid from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and l.locktype = 'advisory' and l.classid = $1`, [0x46_52_43]);
  await model.pool.query('select pg_terminate_backend($1)', [held.rows[0]?.pid]);
  await expect.poll(async () => {
    const next = await checkpoint.tryOwn();
    await next?.release();
    return next === undefined;
  }).toBe(false);
  await expect(right?.saveUsers([[user, Buffer.from('after')]])).rejects.toThrow();
  await expect(right?.finish(1_000)).rejects.toThrow();
  expect((await checkpoint.findUsers([user])).get(user)?.toString()).toBe('before');
  await right?.release();
});

describe('the event trace on Postgres', () => {
  it('says nothing of an unknown event, then where it is, then which version learned it', async () => {
    const fresh = await createDatabase();
    const own = createPool({ url: fresh.url, applicationName: 'test', onError: () => undefined });
    try {
      const traces = postgresTraceStore(own);
      expect(await traces.find(DEFAULT_PRODUCER, 'e-1')).toBeUndefined();
      const event: LogEvent = { id: 'e-1', type: 'view', user: '00000000000000aa' as UserRef, item: 'a', ts: 5 };
      const keys = [{ id: eventKey(DEFAULT_PRODUCER, 'e-1'), body: bodyHash('{}') }];
      const { seq } = await postgresEntryLog(own).append({ body: { kind: 'events', events: [event] }, keys, source: 'test', receivedAt: 42, historical: false });
      expect(await traces.find(DEFAULT_PRODUCER, 'e-1')).toEqual({ seq, receivedAt: 42, historical: false, applied: false });
      const deltas = postgresDeltaLog({ pool: own, clock: systemClock });
      await grow({ deltas, snapshots: postgresSnapshotStore(own) }, 1);
      expect(await traces.find(DEFAULT_PRODUCER, 'e-1')).toMatchObject({ applied: true, learned: { version: 1 } });
      expect(await traces.find('other', 'e-1')).toBeUndefined();
    } finally {
      await own.end();
      await fresh.drop();
    }
  });
});

it('a chunk whose bytes were changed is refused', async () => {
  const stores = await postgresStores();
  await grow(stores, 1);
  await cut(stores);
  const bytes = bytesOf(1);
  bytes[70] = (bytes[70] ?? 0) ^ 1;
  await model.pool.query('update freshet.snapshot_chunk set bytes = $1 where checksum = $2', [bytes, createHash('sha256').update(bytesOf(1)).digest()]);
  await expect(names(stores)).rejects.toThrow(/not what was written/);
});
