/** `freshet migrate`: numbered SQL and the queue's own migrations, in one step that is safe to run from several processes. */
import type { Command } from 'commander';
import { UsageError } from '@freshet/shared/errors';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';

export function addMigrateCommand(program: Command, tools: CommandTools): void {
  const command = program.command('migrate').description('bring the database to this release');
  withOutputOptions(withSettings(command, ['databaseUrl', 'logLevel']));
  withExamples(command, ['DATABASE_URL=postgresql://db/freshet freshet migrate']);
  command.action(async ({ json }: OutputFlags) => {
    const settings = tools.settings(command);
    if (settings.databaseUrl === undefined) {
      throw new UsageError('database_url', 'freshet migrate needs DATABASE_URL (or --database-url); the embedded database is migrated by freshet start');
    }
    const { migrate } = await import('@freshet/shared/adapters/postgres/migrate');
    const log = tools.logger(settings);
    const applied = await migrate(settings.databaseUrl, { log: (line) => log.info(line) });
    tools.report({ applied }, { json, describe: describeApplied });
  });
}

function describeApplied({ applied }: { readonly applied: readonly string[] }): string {
  return applied.length === 0 ? 'the database is up to date' : `applied: ${applied.join(', ')}`;
}
