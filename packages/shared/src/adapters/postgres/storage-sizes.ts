/** Sizes on disk on Postgres: see port `StorageSizes`. Reads file sizes, no rows: some milliseconds whatever is stored. */
import type { Pool } from 'pg';
import { STORAGE_PARTS, type StoragePart, type StorageSizes } from '../../ports/storage-sizes.js';
import { toLogFailure } from './entry-log-failure.js';

/** A table that is dropped meanwhile has no size any more. */
const SIZES = `
  select part, sum(coalesce(pg_total_relation_size(oid), 0)) as bytes
  from (
    select c.oid, case
      when c.relname like 'log\\_%' then 'log'
      when c.relname like 'event\\_id\\_%' then 'ids'
      when c.relname = 'delta' then 'deltas'
      when c.relname like 'snapshot%' then 'snapshots'
      when c.relname like 'checkpoint%' then 'checkpoint'
      when c.relname like 'recommendation\\_%' then 'recommendations'
    end as part
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'freshet' and c.relkind = 'r') named
  where part is not null group by part
  union all select 'all', pg_database_size(current_database())`;

export function postgresStorageSizes(pool: Pool): StorageSizes {
  return {
    async sizes() {
      const found = await pool.query<{ part: string; bytes: string }>({ name: 'storage-sizes', text: SIZES }).catch((thrown: unknown) => Promise.reject(toLogFailure(thrown)));
      const bytes = new Map(found.rows.map((row) => [row.part, Number(row.bytes)]));
      const part = (name: string): number => bytes.get(name) ?? 0;
      const named = STORAGE_PARTS.filter((name) => name !== 'other');
      const rest = named.reduce((left, name) => left - part(name), part('all'));
      // The database is measured a moment after its tables: never negative.
      const sizes = [...named.map((name) => [name, part(name)] as const), ['other', Math.max(0, rest)] as const];
      return Object.fromEntries(sizes) as Record<StoragePart, number>;
    },
  };
}
