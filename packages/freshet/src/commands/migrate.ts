/** `freshet migrate`: numbered SQL and the queue's own migrations, in one step that is safe to run from several processes. */
import { migrate } from '@freshet/shared/adapters/postgres/migrate';
import { UsageError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Settings } from '../cli/settings.js';

export async function migrateDatabase({ settings, log }: { settings: Settings; log: Logger }): Promise<void> {
  if (settings.databaseUrl === undefined) {
    throw new UsageError('database_url', 'freshet migrate needs DATABASE_URL (or --database-url); the embedded database is migrated by freshet start');
  }
  const applied = await migrate(settings.databaseUrl, { log: (line) => log.info(line) });
  if (applied.length === 0) log.info('the database is up to date');
}
