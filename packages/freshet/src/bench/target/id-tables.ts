/** Fills the two tables of seen ids before a bench: half of the ids in each, as midway between two rotations. */
import type { BenchPool } from './pool.js';

const TABLES = ['event_id_previous', 'event_id_current'] as const;

/** Seconds that it took. The pool has one connection without a limit of time. */
export async function fillIdTables(pool: BenchPool, ids: number): Promise<number> {
  const began = performance.now();
  await pool.query(`set maintenance_work_mem = '1GB'`);
  for (const [n, table] of TABLES.entries()) {
    // Sorting the whole index once takes a fraction of what millions of insertions at random places do.
    await pool.query(`alter table freshet.${table} drop constraint ${table}_pkey`);
    await pool.query(
      `insert into freshet.${table} (id, body, batch) select md5('${table}' || g)::uuid, g, 0 from generate_series(1, $1::bigint) as g`,
      [n === 0 ? Math.floor(ids / 2) : Math.ceil(ids / 2)],
    );
    await pool.query(`alter table freshet.${table} add constraint ${table}_pkey primary key (id)`);
    await pool.query(`vacuum (analyze) freshet.${table}`);
  }
  await pool.query('checkpoint');
  return (performance.now() - began) / 1_000;
}
