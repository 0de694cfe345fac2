/** A database's whole content, out of one database and into another. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDumpSource } from '@freshet/shared/adapters/postgres/dump/source';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPartitions } from '@freshet/shared/adapters/postgres/entry-log-partitions';
import { rotateIds } from '@freshet/shared/adapters/postgres/id-rotation';
import { migrate } from '@freshet/shared/adapters/postgres/migrate';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { MIGRATIONS, UNFINISHED } from '@freshet/shared/adapters/postgres/schema-level';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dumpOf, putInto } from '../../support/dump-copy.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { until } from '../../support/until.js';

const open: { readonly database: TestDatabase; readonly pool: Pool }[] = [];

async function place(options: { readonly migrated?: boolean } = {}): Promise<{ readonly url: string; readonly pool: Pool }> {
  const database = await createDatabase(options);
  const pool = createPool({ url: database.url, applicationName: 'dump-test', maxConnections: 4, onError: () => undefined });
  open.push({ database, pool });
  return { url: database.url, pool };
}

let source: Awaited<ReturnType<typeof place>>;
let target: Awaited<ReturnType<typeof place>>;
beforeEach(async () => {
  source = await place();
  target = await place({ migrated: false });
});
afterEach(async () => {
  for (const { database, pool } of open.splice(0)) {
    await pool.end();
    await database.drop();
  }
});

/** Something in most tables: log, ids, model, queue with jobs that refer to each other, numbered rows. */
async function fillSource({ pool }: { readonly pool: Pool }, first = 0): Promise<void> {
  const log = postgresEntryLog(pool);
  for (let n = first; n < first + 20; n++) {
    const id = `0000000000000000${n.toString(16).padStart(16, '0')}`;
    const event = { id: `e${n}`, type: 'view', user: '00000000000000aa', item: `ä item ${n}`, ts: 1_000 + n };
    await log.append({ body: { kind: 'events', events: [event] } as never, keys: [{ id: Buffer.from(id, 'hex').toString('latin1'), body: String(n).padStart(8, '0') }], source: 'test', receivedAt: 5, historical: false });
  }
  await pool.query(`
    insert into freshet.dead_letter (queue, source, code, detail, payload) select 'ingest', 's', 'c', 'd\\n\\t"', n::text from generate_series(1, 5) n;
    insert into freshet.delta select 1, n, 3, n, n, sha256(n::text::bytea), '\\x00', 1.5, 2, 3, 4 from generate_series(${first + 1}, ${first + 9}) n;
    update freshet.trainer_state set version = ${first + 9}, applied = ${first + 9}, epoch = 3, config = '{"dim": 64}';
    update freshet.id_rotation set rotated_at = now() - interval '5 hours';`);
  if (first > 0) return;
  await pool.query(`
    insert into bullmq.job (queue, id, seq, name, data, state, added_at_ms) select 'events', n::text, n, 'add', '[]', 'waiting', 5 from generate_series(1, 3) n;
    insert into bullmq.job_log (queue, job_id, idx, row) values ('events', '2', 1, 'a line');
    select nextval('bullmq.job_seq') from generate_series(1, 41);`);
}

/** Every table's rows as one hash; those that a restore changes on purpose are left out. */
async function contentOf({ pool }: { readonly pool: Pool }): Promise<Readonly<Record<string, string>>> {
  const tables = await pool.query<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('freshet', 'bullmq') and c.relkind = 'r' and c.relname not in ('migration', 'trainer_state', 'id_rotation', 'release') order by 1`);
  const hashes = tables.rows.map(async ({ name }) => {
    const found = await pool.query<{ hash: string }>(`select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') || ' ' || count(*) as hash from ${name} t`);
    return [name, found.rows[0]?.hash ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

async function partitionsOf({ pool }: { readonly pool: Pool }): Promise<unknown> {
  return (await pool.query(`select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'freshet.log_entry'::regclass order by 1`)).rows;
}

async function drain(rows: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of rows);
}

const one = async <T>({ pool }: { readonly pool: Pool }, query: string): Promise<T> => Object.values((await pool.query<Record<string, T>>(query)).rows[0] ?? {})[0] as T;

describe('a dump', () => {
  test('brings every table of both schemas into an empty database, row for row, and what it counts with', async () => {
    await fillSource(source);
    const filled = await putInto(target.url, await dumpOf(source.url));
    expect(filled.skipped).toEqual([]);
    const [was, is] = [await contentOf(source), await contentOf(target)];
    expect(is).toEqual(was);
    expect(Object.values(was).filter((hash) => !hash.endsWith(' 0')).length).toBeGreaterThan(7);
    expect(await one<string>(target, `insert into freshet.dead_letter (queue, source, code, detail, payload) values ('q', 's', 'c', 'd', 'p') returning id`)).toBe(6);
    expect(Number(await one(target, `select nextval('bullmq.job_seq')`))).toBe(Number(await one(source, `select last_value from bullmq.job_seq`)) + 1);
    expect(await migrate(target.url)).toEqual([]);
  });

  test('says where the database was', async () => {
    await fillSource(source);
    const { content } = await dumpOf(source.url);
    expect(content.place).toEqual({ sequence: 20, modelVersion: 9, applied: 9, modelChecksum: '00'.repeat(32) });
    expect(Math.abs(Date.parse(content.takenAt) - Date.now())).toBeLessThan(60_000);
  });

  test('has the log’s partitions as they were, whatever the migrations make', async () => {
    await fillSource(source);
    await source.pool.query(`drop table freshet.log_entry_20001; create table freshet."log entry ""x" partition of freshet.log_entry for values from (20001) to (50001)`);
    await createPartitions(source.pool, 1_000_000_000);
    await putInto(target.url, await dumpOf(source.url));
    expect(await partitionsOf(target)).toEqual(await partitionsOf(source));
    const storage = `select string_agg(distinct attstorage::text, '') from pg_attribute where attname = 'payload'`;
    expect(await one(target, storage)).toBe(await one(source, storage));
  });

  test('is of one moment, although writers go on and a rotation of ids falls due', async () => {
    await fillSource(source);
    const dump = await openDumpSource(source.url);
    await fillSource(source, 100);
    await source.pool.query(`update freshet.id_rotation set rotated_at = now() - interval '2 days'`);
    expect(await rotateIds(source.pool, 86_400_000)).toBe('busy');
    const counts: Record<string, number> = {};
    for (const table of dump.content.tables) counts[table.name] = await dump.read(table, drain);
    await dump.close();
    expect(counts).toMatchObject({ log_entry_1: 20, event_id_current: 20, delta: 9, dead_letter: 5 });
    expect(await rotateIds(source.pool, 86_400_000)).toBe('rotated');
  });

  test('of an older release’s tables goes into such tables, which are then migrated', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'freshet-old-'));
    for (const name of ['0001_log', '0002_model']) await cp(path.join(MIGRATIONS, `${name}.sql`), path.join(directory, `${name}.sql`));
    const old = await place({ migrated: false });
    await migrate(old.url, { directory });
    await fillSource(old);
    const dump = await dumpOf(old.url);
    expect(dump.content.level.files).toEqual(['0001_log', '0002_model']);
    await putInto(target.url, dump);
    expect(await contentOf(target)).toEqual(await contentOf(old));
    expect((await migrate(target.url)).length).toBeGreaterThan(1);
    expect(await one(target, 'select count(*)::int from freshet.log_entry')).toBe(20);
    await rm(directory, { recursive: true });
  });

  test('of a database without Freshet, or of a newer one, is refused', async () => {
    await expect(openDumpSource(target.url)).rejects.toMatchObject({ name: 'UsageError', code: 'no_database' });
    await source.pool.query(`insert into freshet.migration (name, run_on) values ('0999_future', now())`);
    await expect(openDumpSource(source.url)).rejects.toMatchObject({ name: 'UsageError', code: 'database_newer' });
  });
});

describe('a restore', () => {
  test('fences off every earlier leader, and the time in which ids are recognised goes on where it stood', async () => {
    await fillSource(source);
    const dump = await dumpOf(source.url);
    await putInto(target.url, { ...dump, content: { ...dump.content, takenAt: new Date(Date.parse(dump.content.takenAt) - 86_400_000 * 30).toISOString() } });
    expect(await one(target, 'select epoch from freshet.trainer_state')).toBe(1_003);
    // Taken before the rotation it holds: the clock then starts anew.
    expect(Number(await one(target, `select extract(epoch from now() - rotated_at)::int from freshet.id_rotation`))).toBeLessThan(60);
    const again = await place({ migrated: false });
    await putInto(again.url, dump);
    const hours = Number(await one(again, `select extract(epoch from now() - rotated_at) / 3600 from freshet.id_rotation`));
    expect(hours).toBeCloseTo(5, 1);
  });

  test('takes a database that was only migrated for an empty one', async () => {
    await fillSource(source);
    await migrate(target.url);
    await putInto(target.url, await dumpOf(source.url));
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  test('leaves a database that holds anything alone, and replaces it when told to', async () => {
    await fillSource(source);
    const used = await place();
    await fillSource(used, 500);
    await used.pool.query('update freshet.trainer_state set epoch = 5000');
    const before = await contentOf(used);
    const dump = await dumpOf(source.url);
    await expect(putInto(used.url, dump)).rejects.toMatchObject({ name: 'UsageError', code: 'database_not_empty', message: expect.stringContaining('--force') as string });
    expect(await contentOf(used)).toEqual(before);
    await putInto(used.url, dump, { replace: true });
    expect(await contentOf(used)).toEqual(await contentOf(source));
    expect(await one(used, 'select epoch from freshet.trainer_state')).toBe(6_000);
  });

  test('is refused while a service is connected', async () => {
    const service = createPool({ url: target.url, applicationName: 'freshet trainer', onError: () => undefined });
    await service.query('select 1');
    await expect(putInto(target.url, await dumpOf(source.url))).rejects.toMatchObject({ name: 'UsageError', code: 'database_in_use', message: expect.stringContaining('freshet trainer') as string });
    await service.end();
  });

  test('that fails leaves an empty database empty and a used one as it was', async () => {
    await fillSource(source);
    const dump = await dumpOf(source.url);
    const delta = dump.content.tables.findIndex((table) => table.name === 'delta');
    const wrong = { ...dump, content: { ...dump.content, tables: dump.content.tables.with(delta, { ...dump.content.tables[delta], rows: 8 } as never) } };
    await expect(putInto(target.url, wrong)).rejects.toMatchObject({ code: 'backup_rows' });
    expect(await one(target, `select to_regclass('freshet.log_entry')`)).toBeNull();
    const rowsOf = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(dump.rows.get('bullmq.job')?.[0]?.subarray(0, 21) ?? Buffer.alloc(0));
      throw new Error('the file is damaged');
    };
    await expect(putInto(source.url, dump, { replace: true, rowsOf })).rejects.toThrow('the file is damaged');
    expect(await contentOf(source)).toMatchObject({ 'freshet.log_entry_1': expect.stringMatching(/ 20$/) as string });
    await putInto(target.url, dump);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  test('that was cut off is recognised by every start, and can be run again', async () => {
    await fillSource(source);
    const dump = await dumpOf(source.url);
    const restorer = `from pg_stat_activity where application_name = 'freshet-restore' and datname = current_database()`;
    const rowsOf = async function* (): AsyncGenerator<Buffer> {
      yield* [];
      await target.pool.query(`select pg_terminate_backend(pid) ${restorer}`);
      await until('its session has ended', async () => Number(await one(target, `select count(*) ${restorer}`)) === 0);
    };
    await expect(putInto(target.url, dump, { rowsOf })).rejects.toMatchObject({ code: 'database_unavailable' });
    await expect(migrate(target.url)).rejects.toMatchObject({ name: 'UsageError', code: 'restore_unfinished' });
    await expect(openDumpSource(target.url)).rejects.toMatchObject({ name: 'UsageError' });
    await putInto(target.url, dump);
    expect(await migrate(target.url)).toEqual([]);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  test('can be stopped, and leaves nothing behind', async () => {
    await fillSource(source);
    const stop = new AbortController();
    const rowsOf = async function* (): AsyncGenerator<Buffer> {
      stop.abort();
      yield* [];
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await expect(putInto(target.url, await dumpOf(source.url), { rowsOf, signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await one(target, `select to_regclass('freshet.${UNFINISHED}')`)).toBeNull();
    expect((await migrate(target.url)).length).toBeGreaterThan(1);
  });

  test('names tables with rows that are not Freshet’s, and leaves them out', async () => {
    await source.pool.query('create table freshet.mine (n int); insert into freshet.mine values (1); create table freshet.empty (n int)');
    expect(await putInto(target.url, await dumpOf(source.url))).toEqual({ skipped: ['freshet.mine'] });
  });
});
