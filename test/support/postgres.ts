/**
 * A database of its own for each test file, cloned in some 30 ms from a template that has been migrated once.
 *
 * Needs the global setup (global-setup.ts), which the suites contract, pipeline and faults have.
 */
import { randomBytes } from 'node:crypto';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's maintenance database. */
    readonly postgresUrl: string;
    /** Name of the migrated template. */
    readonly postgresTemplate: string;
  }
}

export interface TestDatabase {
  readonly url: string;
  /** Ends what is still connected to it. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** False: an empty database, for tests of the migrations. */
  readonly migrated?: boolean;
}

export async function createDatabase({ migrated = true }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = migrated ? inject('postgresTemplate') : 'template0';
  await administer(serverUrl, `create database ${name} template ${template} strategy file_copy`);
  return { url: withDatabase(serverUrl, name), drop: () => administer(serverUrl, `drop database if exists ${name} with (force)`) };
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  return parsed.href;
}

/** Runs one statement on the maintenance database. */
export async function administer(serverUrl: string, statement: string): Promise<void> {
  const pool = createPool({ url: serverUrl, applicationName: 'freshet-test-support', maxConnections: 1, onError: () => undefined });
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}
