/**
 * Every way in which a stored model or version can be broken, made on real rows of Postgres, one after the other, under a serving
 * process that answers over HTTP: each is refused with its reason, and the version before goes on answering.
 *
 * “made to fit”: the checksum beside the bytes was computed anew, as by somebody who writes wrong bytes in earnest; what finds it is
 * behind the checksum.
 */
import { createHash } from 'node:crypto';
import { cutIfDue } from '@freshet/serving/follow/snapshot-cutter';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum, type Delta, decodeDelta, encodeDelta, FIRST_CHECKSUM, type TableRows } from '@freshet/shared/codec/delta';
import { RATING, strideOf, type TableName, TABLES, USER } from '@freshet/shared/domain/tables';
import { silentLogger } from '@freshet/shared/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useModelDatabase } from '../support/model-database.js';
import { byteOf, bytesReversed, directorySays, flipBit, floatSet, inTable, longer, otherDimensions, recoded, rowLess, rowMore, rowsExchanged, tablesExchanged, wholeReversed, withHeader, withHeaderBytes } from '../support/spoiled-bytes.js';
import { until } from '../support/until.js';
import { followSite, type ModelStores, postgresStores } from '../unit/serving/support/follower.js';
import { CONFIG_HASH, DIM, makeModel, type ModelData, NOW, tablesOf } from '../unit/serving/support/model.js';
import { serve } from '../unit/serving/support/serving.js';

const ITEMS = 60;
const database = useModelDatabase();
let lineage: number;
let stores: ModelStores;
let shop: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  lineage = await database.newLineage();
  stores = await postgresStores(database.pool, lineage);
  await stores.trainer.publish(modelOf(1), { receivedAt: NOW });
  await cutWhile(() => stores.trainer.publish(modelOf(2), { receivedAt: NOW }));
  await stores.trainer.publish(modelOf(3), { receivedAt: NOW });
  shop = await serve({ stores, pollMs: 20 });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

/** A row of every table in it. */
function modelOf(seed: number): ModelData {
  const extra = (['user', 'rating', 'word'] as const).map((table): TableRows => {
    const stride = strideOf(table, DIM);
    const ids = Uint32Array.from({ length: 6 }, (_, i) => i);
    const floats = Float32Array.from({ length: 6 * stride }, (_, i) => 0.1 + ((seed + i) % 7) / 10);
    const values = new Uint32Array(floats.buffer);
    const count = table === 'user' ? USER.count : RATING.count;
    for (let row = 0; row < 6 && table !== 'word'; row++) {
      for (let w = 0; w <= count; w++) values[row * stride + w] = 1 + row + w;
    }
    return { table, ids, values };
  });
  return { ...makeModel(seed, ITEMS), extra };
}

/** A snapshot that begins at the newest version; `meanwhile` is awaited after its first chunk, so it ends later. */
async function cutWhile(meanwhile: () => Promise<unknown>): Promise<void> {
  const { follower } = await followSite(stores);
  await follower.step();
  const begin: ModelStores['snapshots']['begin'] = async (version) => {
    const writer = await stores.snapshots.begin(version);
    let isFirst = true;
    return writer && {
      ...writer,
      async chunk(bytes, at) {
        await writer.chunk(bytes, at);
        if (!isFirst) return;
        isFirst = false;
        await meanwhile();
        await follower.step();
      },
    };
  };
  const snapshots = { ...stores.snapshots, begin };
  const done = await cutIfDue({ snapshots, view: follower.view, isHeldUp: () => false, wanted: () => 1, clock: systemClock, log: silentLogger, configHash: CONFIG_HASH, signal: new AbortController().signal });
  expect(done).toBe(true);
}

// Snapshots -------------------------------------------------------------------------------------------------------------------------

interface StoredChunk {
  readonly chunk: number;
  readonly bytes: Buffer;
  readonly checksum: Buffer;
}

/** A case breaks the stored snapshot of version 2 by SQL. */
type Break = (chunks: readonly StoredChunk[]) => Promise<unknown>;

const ofSnapshot = 'lineage = $1 and version_end = 2';
const sql = (text: string, ...values: unknown[]) => database.pool.query(text, [lineage, ...values]);
const replace = (chunk: number, bytes: Buffer, checksum: Buffer) => sql(`update freshet.snapshot_chunk set bytes = $3, checksum = $4 where ${ofSnapshot} and chunk = $2`, chunk, bytes, checksum);
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

function chunkWith(chunks: readonly StoredChunk[], table: TableName): StoredChunk {
  const found = chunks.find(({ bytes }) => decodeDelta(bytes).tables.some((rows) => rows.table === table && rows.ids.length > 1));
  if (found === undefined) throw new Error(`no chunk has rows of ${table}`);
  return found;
}

/** In the chunk that holds the table. */
const broken = (table: TableName, change: (bytes: Buffer) => Buffer, checksum: 'as it was' | 'made to fit'): Break => (chunks) => {
  const { chunk, bytes, checksum: known } = chunkWith(chunks, table);
  const changed = change(bytes);
  return replace(chunk, changed, checksum === 'as it was' ? known : sha256(changed));
};
const fitting = (table: TableName, change: (rows: TableRows) => TableRows): Break => broken(table, recoded(inTable(table, change)), 'made to fit');
const inManifest = (path: string, value: unknown): Break => () => sql(`update freshet.snapshot set manifest = jsonb_set(manifest, $2, $3) where ${ofSnapshot}`, path, JSON.stringify(value));
const withoutManifest = (then: Break): Break => async (chunks) => {
  await sql(`update freshet.snapshot set manifest = null where ${ofSnapshot}`);
  await then(chunks);
};
const renamed = (name: string) => (delta: Delta): Delta => ({ ...delta, vocabulary: delta.vocabulary.map((entry, i) => (i === 1 ? { ...entry, name } : entry)) });

const ROWS_OF = TABLES.filter((table) => table !== 'follow');
const snapshotCases: readonly (readonly [what: string, reason: string, Break])[] = [
  ...TABLES.map((table) => [`a byte of ${table}`, 'snapshot_checksum', broken(table, (bytes) => byteOf(bytes, table), 'as it was')] as const),
  ...TABLES.map((table) => [`a bit of ${table}, made to fit`, 'snapshot_table', fitting(table, flipBit)] as const),
  ...TABLES.map((table) => [`a row of ${table} less, made to fit`, 'snapshot_rows', fitting(table, rowLess)] as const),
  ...TABLES.map((table) => [`a row of ${table} more, made to fit`, 'snapshot_rows', fitting(table, rowMore)] as const),
  ...TABLES.map((table) => [`two rows of ${table} exchanged, made to fit`, 'snapshot_table', fitting(table, rowsExchanged)] as const),
  ...TABLES.map((table) => [`a NaN in ${table}, made to fit`, 'delta_value', fitting(table, floatSet(Number.NaN))] as const),
  ...TABLES.map((table) => [`an infinite number in ${table}, made to fit`, 'delta_value', fitting(table, floatSet(Number.POSITIVE_INFINITY))] as const),
  ...ROWS_OF.map((table) => [`numbers of ${table} in the other byte order, made to fit`, 'delta_value|snapshot_table', fitting(table, bytesReversed)] as const),
  ['an embedding of an item grown too long, made to fit', 'delta_value', fitting('item', longer)],
  ['an embedding of a word grown too long, made to fit', 'delta_value', fitting('word', longer)],
  ['a chunk in the other byte order, made to fit', 'delta_endianness', broken('item', wholeReversed, 'made to fit')],
  ['a directory that tells of a row more, made to fit', 'delta_format', broken('item', directorySays(1), 'made to fit')],
  ['a directory that tells of a row less, made to fit', 'delta_format', broken('item', directorySays(-1), 'made to fit')],
  ['two tables exchanged, made to fit', 'delta_format', broken('item', tablesExchanged, 'made to fit')],
  ['other dimensions, made to fit', 'delta_dim|snapshot_dim', broken('item', otherDimensions, 'made to fit')],
  ['other dimensions in the header alone, made to fit', 'delta_format', broken('item', (bytes) => withHeaderBytes(bytes, 44, DIM / 2), 'made to fit')],
  ['other hyperparameters, made to fit', 'snapshot_dim|delta_config', broken('item', withHeader({ configHash: 1 }), 'made to fit')],
  ['another name, made to fit', 'snapshot_names', broken('item', recoded(renamed('nobody')), 'made to fit')],
  ['a chunk cut off, made to fit', 'delta_format', broken('item', (bytes) => bytes.subarray(0, -8), 'made to fit')],
  ['a chunk gone', 'snapshot_chunk', (chunks) => sql(`delete from freshet.snapshot_chunk where ${ofSnapshot} and chunk = $2`, chunks.at(-1)?.chunk)],
  ['two chunks exchanged with their checksums', 'snapshot_checksum|snapshot_table|delta_format', (chunks) => exchangeRowsOf(chunks)],
  ['a manifest of other dimensions', 'snapshot_dim', inManifest('{dim}', 7)],
  ['a manifest of other strides', 'snapshot_stride', inManifest('{tables,item,stride}', 7)],
  ['a manifest of more rows', 'snapshot_rows', inManifest('{tables,stat,rows}', 7)],
  ['a manifest in another format', 'snapshot_manifest', inManifest('{format}', 9)],
  ['a manifest of the other byte order', 'snapshot_manifest', inManifest('{byte_order}', 'big-endian')],
  ['a wrong parent', 'snapshot_parent', inManifest('{parent}', 'ab'.repeat(32))],
  ['another snapshot’s checksum', 'snapshot_parent', () => sql(`update freshet.snapshot set checksum = $2 where ${ofSnapshot}`, FIRST_CHECKSUM)],
  ['no manifest, and two items of the same name', 'model_names', withoutManifest(broken('item', recoded(namedTwice), 'made to fit'))],
  ['no manifest, and an item without a name', 'model_names', withoutManifest(broken('item', recoded(rowUnnamed), 'made to fit'))],
  ['no manifest, and a follower that isn’t there', 'model_followers', withoutManifest(broken('follow', recoded(inTable('follow', strangeFollower)), 'made to fit'))],
];

/** The delta behind the chunk names the model's own rows anew, so a row that it doesn't have. */
function namedTwice(delta: Delta): Delta {
  return { ...delta, vocabulary: [...delta.vocabulary, { row: ITEMS + 2, name: 'item-1' }] };
}

/** Row ITEMS + 3 of the model of version 2 has no name. */
function rowUnnamed(delta: Delta): Delta {
  return inTable('item', ({ table, ids, values }) => {
    const stride = strideOf('item', DIM);
    return { table, ids: Uint32Array.from([...ids, ITEMS + 3]), values: Uint32Array.from([...values, ...values.slice(stride, 2 * stride)]) };
  })(delta);
}

function strangeFollower(rows: TableRows): TableRows {
  // The deltas behind the chunk rewrite the model's own cells, so one that they don't have.
  return { table: 'follow', ids: Uint32Array.from([...rows.ids, 1 + (rows.ids.at(-1) ?? 0)]), values: Uint32Array.from([...rows.values, 3_000, rows.values[1] ?? 0]) };
}

/** The rows of the two tables in one chunk are written in each other's place: their lengths differ, so they don't fit. */
async function exchangeRowsOf(chunks: readonly StoredChunk[]): Promise<void> {
  const [one, other] = [chunkWith(chunks, 'user'), chunkWith(chunks, 'word')];
  const broken = (bytes: Buffer, table: TableName): Buffer => recoded(inTable(table, rowLess))(bytes);
  await replace(one.chunk, other.bytes, other.checksum);
  await replace(other.chunk, broken(one.bytes, 'user'), one.checksum);
}

async function storedChunks(): Promise<readonly StoredChunk[]> {
  return (await database.pool.query<StoredChunk>(`select chunk, bytes, checksum from freshet.snapshot_chunk where ${ofSnapshot} order by chunk`, [lineage])).rows;
}

/** The snapshot's two tables, kept before a case and put back behind it. */
const KEPT = ['snapshot', 'snapshot_chunk'] as const;

async function restore(): Promise<void> {
  const statements = KEPT.map((table) => `delete from freshet.${table}; insert into freshet.${table} select * from freshet.kept_${table};`);
  await database.pool.query(statements.join(' '));
}

const ask = async (): Promise<{ version: unknown; items: number }> => {
  const { status, body } = await shop.get('/v1/items/item-3/similar?limit=10');
  expect(status).toBe(200);
  return { version: body['model_version'], items: body.items?.length ?? 0 };
};

interface Told {
  readonly id: number;
  readonly kind: string;
  readonly version: number;
  readonly reason: string;
}
const eventsAfter = async (id: number): Promise<readonly Told[]> => ((await shop.get('/v1/models/events?limit=10')).body['events'] as unknown as readonly Told[]).filter((one) => one.id > id);
const lastEvent = async (): Promise<number> => (await eventsAfter(0))[0]?.id ?? 0;
const refusalAfter = (id: number, version: number): Promise<Told> => until('it is refused', async () => (await eventsAfter(id)).find((one) => one.kind === 'refused' && one.version === version));

describe('a stored snapshot with', () => {
  beforeAll(async () => {
    for (const table of KEPT) await database.pool.query(`create table freshet.kept_${table} as select * from freshet.${table}`);
  });

  it.each(snapshotCases)('%s is refused as %s, the version before answers, and repaired it answers itself', async (_, reason, breakIt) => {
    const before = await ask();
    expect(before).toEqual({ version: (await stores.deltas.state()).version, items: 10 });
    const last = await lastEvent();
    await breakIt(await storedChunks());
    expect((await shop.put('/v1/models/labels/stable', { version: 2 })).status).toBe(200);
    const refused = await refusalAfter(last, 2);
    const answered = await ask();
    await restore();
    await until('version 2 answers', async () => (await ask()).version === 2);
    await shop.remove('/v1/models/labels/stable');
    await until('the newest answers', async () => (await ask()).version === before.version);
    expect(refused.reason).toMatch(new RegExp(`^(${reason}): .{20}`));
    expect(answered).toEqual(before);
  });
});

// Deltas ----------------------------------------------------------------------------------------------------------------------------

/** In: the sound bytes and the parent's checksum. Out: what is stored instead. */
type Spoil = (bytes: Buffer, parent: Buffer) => { readonly bytes: Buffer; readonly checksum: Buffer };

const chained = (change: (bytes: Buffer) => Buffer): Spoil => (bytes, parent) => ({ bytes: change(bytes), checksum: chainChecksum(parent, change(bytes)) });
const unchained = (change: (bytes: Buffer) => Buffer): Spoil => (bytes, parent) => ({ bytes: change(bytes), checksum: chainChecksum(parent, bytes) });

const deltaCases: readonly (readonly [what: string, reason: string, Spoil])[] = [
  ...TABLES.map((table) => [`a byte of ${table}`, 'delta_checksum', unchained((bytes) => byteOf(bytes, table))] as const),
  ...TABLES.map((table) => [`a row of ${table} less`, 'delta_checksum', unchained(recoded(inTable(table, rowLess)))] as const),
  ...TABLES.map((table) => [`a row of ${table} more`, 'delta_checksum', unchained(recoded(inTable(table, rowMore)))] as const),
  ...TABLES.map((table) => [`a NaN in ${table}, made to fit`, 'delta_value', chained(recoded(inTable(table, floatSet(Number.NaN))))] as const),
  ...TABLES.map((table) => [`an infinite number in ${table}, made to fit`, 'delta_value', chained(recoded(inTable(table, floatSet(Number.NEGATIVE_INFINITY))))] as const),
  ['an embedding grown too long, made to fit', 'delta_value', chained(recoded(inTable('item', longer)))],
  ['a directory that tells of a row more, made to fit', 'delta_format', chained(directorySays(1))],
  ['a directory that tells of a row less, made to fit', 'delta_format', chained(directorySays(-1))],
  ['two tables exchanged', 'delta_checksum', unchained(tablesExchanged)],
  ['two tables exchanged, made to fit', 'delta_format', chained(tablesExchanged)],
  ['other dimensions, made to fit', 'delta_dim', chained(otherDimensions)],
  ['other hyperparameters, made to fit', 'delta_config', chained(withHeader({ configHash: 1 }))],
  ['another version’s header, made to fit', 'delta_header', chained(withHeader({ version: 1 }))],
  ['its bytes in the other order, made to fit', 'delta_endianness', chained(wholeReversed)],
  ['an item’s numbers in the other order, made to fit', 'delta_value', chained(recoded(inTable('item', bytesReversed)))],
  ['a wrong parent', 'delta_checksum', (bytes) => ({ bytes, checksum: chainChecksum(FIRST_CHECKSUM, bytes) })],
];

describe('a stored version with', () => {
  it.each(deltaCases)('%s is refused as %s, the one before answers, and repaired it answers itself', async (_, reason, spoil) => {
    const { version: parent, applied, checksum } = await stores.deltas.state();
    await until('the newest answers', async () => (await ask()).version === parent);
    const before = await ask();
    const last = await lastEvent();
    const version = parent + 1;
    const bytes = encodeDelta({
      header: { flags: 0, version, fromSeq: applied + 1, toSeq: applied + 1, learnedMs: NOW, epoch: 1, dim: DIM, configHash: CONFIG_HASH, trainingHash: 0 },
      vocabulary: [{ row: 1, name: 'item-1' }], tables: tablesOf(modelOf(version)),
    });
    const timings = { receivedAt: NOW, takenAt: NOW, trainedAt: NOW, committedAt: NOW };
    const stored = { version, epoch: 1, fromSeq: applied + 1, toSeq: applied + 1, timings };
    expect(await stores.deltas.commit({ ...stored, ...spoil(bytes, checksum) })).toBe('committed');
    shop.announce('delta', version);
    const refused = await refusalAfter(last, version);
    const answered = await ask();
    const sound = chainChecksum(checksum, bytes);
    await database.pool.query('update freshet.delta set bytes = $3, checksum = $4 where lineage = $1 and version = $2', [lineage, version, bytes, sound]);
    await database.pool.query('update freshet.trainer_state set checksum = $2 where lineage = $1', [lineage, sound]);
    await until('it answers', async () => (await ask()).version === version);
    expect(refused.reason).toMatch(new RegExp(`^${reason}: .{20}`));
    expect(answered).toEqual(before);
    expect((await ask()).items).toBe(10);
  });
});
