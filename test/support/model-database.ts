/** For contract suites of what belongs to a model: a database of the file's own, one pool on it, a lineage for each site. */
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import type { Pool } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { createDatabase, type TestDatabase } from './postgres.js';

export interface ModelDatabase {
  /** From `beforeAll` on. */
  readonly pool: Pool;
  /** A lineage that nobody has used. */
  newLineage(): Promise<number>;
}

/** Registers its own hooks: call it once, at the top of the file. */
export function useModelDatabase(): ModelDatabase {
  let database: TestDatabase | undefined;
  let pool: Pool | undefined;
  let lineages = 100;
  const open = (): Pool => {
    if (pool === undefined) throw new Error('the database is there from beforeAll on');
    return pool;
  };
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool({ url: database.url, applicationName: 'test', onError: () => undefined });
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });
  return {
    get pool() {
      return open();
    },
    async newLineage() {
      const lineage = lineages++;
      await open().query('insert into freshet.trainer_state (lineage) values ($1)', [lineage]);
      return lineage;
    },
  };
}
