/** `freshet restore FILE`: a backup into an empty database; `--check`: whether the file is whole, and what it holds. */
import type { Command } from 'commander';
import type { CheckResult, RestoreResult } from '../backup/restore.js';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import { count } from '../cli/progress-line.js';
import type { CommandTools } from '../cli/tools.js';

type Flags = OutputFlags & { readonly force?: boolean; readonly check?: boolean };

const MB = 1e6;

export function addRestoreCommand(program: Command, tools: CommandTools): void {
  const command = program
    .command('restore')
    .description('a backup into an empty database or data directory; Freshet must not run on it')
    .argument('<file>', 'what freshet backup has written')
    .option('--check', 'only say whether the file is whole and what it holds; needs no database')
    .option('--force', 'replace everything the database holds; that can’t be undone');
  withOutputOptions(withSettings(command, ['databaseUrl', 'dataDir']), { quiet: true });
  withExamples(command, ['freshet restore --data-dir /var/lib/shop shop.backup', 'freshet restore --check shop.backup']);
  command.action(async (file: string, { check = false, force = false, json, quiet }: Flags) => {
    const { checkBackup, restoreBackup } = await import('../backup/restore.js');
    const { databaseUrl, dataDir } = tools.settings(command);
    const progress = tools.progress({ quiet });
    const common = {
      file,
      signal: tools.stopSignal(),
      progress: (what: string, done: number, total: number) => progress.step(`${what}, MB`, done / MB, total / MB),
    };
    try {
      if (check) {
        const result = await checkBackup(common);
        progress.end();
        return tools.report(result, { json, describe: describeCheck });
      }
      const result = await restoreBackup({ ...common, databaseUrl, dataDir, replace: force, say: (line) => progress.say(line) });
      progress.end();
      tools.report(result, { json, describe: describeRestore });
    } finally {
      progress.end();
    }
  });
}

function describeCheck(result: CheckResult): string {
  const tables = result.tables.filter((table) => table.rows > 0).map((table) => `  ${table.name}: ${count(table.rows)} rows, ${megabytes(table.bytes)}`);
  return [`${result.file} is whole: ${megabytes(result.bytes)}, ${count(result.rows)} rows`, ...about(result), ...tables].join('\n');
}

function describeRestore(result: RestoreResult): string {
  const migrated = result.migrated.length === 0 ? [] : [`migrated to this release: ${result.migrated.join(', ')}`];
  const skipped = result.skipped.map((name) => `left out: ${name}, a table that is not Freshet's`);
  return [`restored ${count(result.rows)} rows from ${result.file} in ${result.seconds.toFixed(1)} s`, ...about(result), ...migrated, ...skipped].join('\n');
}

function about(result: Omit<CheckResult, 'tables'>): string[] {
  return [`made by Freshet ${result.release} on Postgres ${result.postgres} at ${result.taken_at}`, `as of log entry ${result.sequence}, model version ${result.model_version}`];
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
