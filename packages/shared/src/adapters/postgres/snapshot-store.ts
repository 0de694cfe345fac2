/**
 * Snapshots on Postgres, and the retention of the delta log that they allow.
 *
 * 1. A snapshot is visible only when it is whole; a cut that died leaves chunks that the next one removes.
 * 2. One process cuts at a time (session advisory lock).
 * 3. After a snapshot is finished, older ones than the second last go, with the deltas that only they needed; but for what a
 *    labelled version is rebuilt from.
 */
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { decodeDelta } from '../../codec/delta.js';
import { createManifest } from '../../codec/manifest.js';
import { isWithin, planRetention, rebuildable, type SnapshotSpan, type VersionRange } from '../../domain/retention.js';
import type { SnapshotInfo, SnapshotStore, SnapshotWriter } from '../../ports/snapshot-store.js';
import { readChunk, sha256 } from './read-chunk.js';
import { type SessionRight, trySessionRight } from './session-right.js';

/** “FRS” in ASCII. */
const CUTTER_LOCK = 0x46_52_53;
/** “FRK” in ASCII. */
const RETENTION_LOCK = 0x46_52_4b;
/** Snapshots kept. */
const KEEP = 2;

interface SnapshotRow {
  readonly version_start: number;
  readonly version_end: number;
  readonly applied: number;
  readonly checksum: Buffer;
  readonly chunks: number;
  readonly bytes: number;
  readonly manifest: unknown;
}

export function postgresSnapshotStore(pool: Pool, lineage = 1): SnapshotStore {
  return {
    async latest(atMost = Number.MAX_SAFE_INTEGER) {
      const found = await pool.query<SnapshotRow>(
        `select version_start, version_end, applied, checksum, chunks, bytes, manifest from freshet.snapshot
         where lineage = $1 and version_end <= $2 order by version_end desc limit 1`,
        [lineage, atMost],
      );
      const row = found.rows[0];
      return row === undefined ? undefined : infoOf(row);
    },
    chunks: (snapshot) => readChunks(pool, lineage, snapshot),
    begin: (versionStart) => begin(pool, lineage, versionStart),
    rebuildable: () => readRebuildable(pool, lineage),
    async debt() {
      const found = await pool.query<{ bytes: string; deltas: string; finished: number | null }>(
        `select coalesce(sum(length(d.bytes)), 0) as bytes, count(d.version) as deltas,
                (extract(epoch from max(s.finished_at)) * 1000)::float8 as finished
         from (select max(version_end) as version_end, max(finished_at) as finished_at
               from freshet.snapshot where lineage = $1) s
         left join freshet.delta d on d.lineage = $1 and d.version > coalesce(s.version_end, 0)`,
        [lineage],
      );
      const row = found.rows[0];
      return { deltaBytes: Number(row?.bytes ?? 0), deltas: Number(row?.deltas ?? 0), finishedAt: row?.finished ?? 0 };
    },
  };
}

function infoOf(row: SnapshotRow): SnapshotInfo {
  return {
    versionStart: row.version_start,
    versionEnd: row.version_end,
    applied: row.applied,
    checksum: row.checksum,
    chunks: row.chunks,
    bytes: row.bytes,
    ...(row.manifest === null ? {} : { manifest: row.manifest }),
  };
}

async function* readChunks(pool: Pool, lineage: number, snapshot: SnapshotInfo): AsyncGenerator<Buffer> {
  const what = `the snapshot of version ${snapshot.versionEnd}`;
  for (let chunk = 0; chunk < snapshot.chunks; chunk++) {
    yield await readChunk(pool, `lineage = ${lineage} and version_end = ${snapshot.versionEnd} and chunk = ${chunk}`, `chunk ${chunk} of ${what}`);
  }
}

async function begin(pool: Pool, lineage: number, versionStart: number): Promise<SnapshotWriter | undefined> {
  const right = await trySessionRight(pool, CUTTER_LOCK, lineage);
  if (right === undefined) return undefined;
  await right.session.query('delete from freshet.snapshot_chunk where lineage = $1 and version_end is null and not kept', [lineage]);
  return writer(right, { lineage, cut: randomUUID(), versionStart });
}

function writer(right: SessionRight, cut: { lineage: number; cut: string; versionStart: number }): SnapshotWriter {
  const { session } = right;
  let chunks = 0;
  let total = 0;
  const manifest = createManifest();
  return {
    async chunk(bytes, version) {
      manifest.add(decodeDelta(bytes));
      await session.query(
        'insert into freshet.snapshot_chunk (lineage, cut, chunk, version, bytes, checksum) values ($1, $2, $3, $4, $5, $6)',
        [cut.lineage, cut.cut, chunks, version, bytes, sha256(bytes)],
      );
      chunks++;
      total += bytes.length;
    },
    async finish(end) {
      try {
        await session.query('begin');
        await session.query('update freshet.snapshot_chunk set version_end = $3 where lineage = $1 and cut = $2', [cut.lineage, cut.cut, end.version]);
        await session.query(
          `insert into freshet.snapshot (lineage, version_end, version_start, applied, checksum, chunks, bytes, manifest)
           values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [cut.lineage, end.version, cut.versionStart, end.applied, end.checksum, chunks, total, JSON.stringify({ ...manifest.finish(), parent: end.parent?.toString('hex') })],
        );
        await retire(session, cut.lineage);
        await session.query('commit');
      } catch (error) {
        await session.query('rollback').catch(() => undefined);
        throw error;
      } finally {
        await right.release();
      }
    },
    abandon: () => right.release(),
  };
}

/** Guarantee 3. Nobody sets a label meanwhile: it could name what is being deleted. */
export async function retire(session: PoolClient, lineage: number): Promise<void> {
  await lockRetention(session, lineage);
  const labels = await session.query<{ version: number }>('select version from freshet.model_label where lineage = $1', [lineage]);
  const plan = planRetention(await readSpans(session, lineage), labels.rows.map((row) => row.version), KEEP);
  if (plan === undefined) return;
  const { snapshots, deltasUpTo, except } = plan;
  await session.query('delete from freshet.snapshot where lineage = $1 and version_end = any($2::bigint[])', [lineage, snapshots]);
  await session.query('delete from freshet.snapshot_chunk where lineage = $1 and version_end = any($2::bigint[])', [lineage, snapshots]);
  await session.query(
    `delete from freshet.delta d where d.lineage = $1 and d.version <= $2
     and not exists (select 1 from unnest($3::bigint[], $4::bigint[]) as kept (first, last) where d.version between kept.first and kept.last)`,
    [lineage, deltasUpTo, except.map(({ from }) => from), except.map(({ to }) => to)],
  );
}

/** Held to the end of the transaction: what is stored of a lineage and what its labels name change one after the other. */
export async function lockRetention(session: PoolClient, lineage: number): Promise<void> {
  await session.query('select pg_advisory_xact_lock($1, $2)', [RETENTION_LOCK, lineage]);
}

export async function readRebuildable(db: Pick<PoolClient, 'query'>, lineage: number): Promise<readonly VersionRange[]> {
  const runs = await db.query<VersionRange>(
    `select min(version) as from, max(version) as to from (
       select version, version - row_number() over (order by version) as run from freshet.delta where lineage = $1) deltas
     group by run order by 1`,
    [lineage],
  );
  return rebuildable(runs.rows, await readSpans(db, lineage));
}

export async function isRebuildable(db: Pick<PoolClient, 'query'>, lineage: number, version: number): Promise<boolean> {
  return isWithin(version, await readRebuildable(db, lineage));
}

async function readSpans(db: Pick<PoolClient, 'query'>, lineage: number): Promise<readonly SnapshotSpan[]> {
  const found = await db.query<SnapshotSpan>(
    'select version_start as "versionStart", version_end as "versionEnd" from freshet.snapshot where lineage = $1 order by version_end',
    [lineage],
  );
  return found.rows;
}

