/** `freshet backup FILE`: everything in the database into one file, while Freshet runs. */
import type { Command } from 'commander';
import type { BackupResult } from '../backup/backup.js';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import { count } from '../cli/progress-line.js';
import type { CommandTools } from '../cli/tools.js';

type Flags = OutputFlags & { readonly force?: boolean };

const MB = 1e6;

export function addBackupCommand(program: Command, tools: CommandTools): void {
  const command = program
    .command('backup')
    .description('everything in the database into one file, as of one moment, while Freshet runs')
    .argument('<file>', 'where to write it; it appears when it is whole')
    .option('--force', 'replace a file of that name');
  withOutputOptions(withSettings(command, ['databaseUrl', 'dataDir']), { quiet: true });
  withExamples(command, ['freshet backup shop.backup', 'freshet backup --data-dir /var/lib/shop "/backups/$(date +%F).backup"', 'freshet restore --check shop.backup']);
  command.action(async (file: string, { force = false, json, quiet }: Flags) => {
    const { takeBackup } = await import('../backup/backup.js');
    const { databaseUrl, dataDir } = tools.settings(command);
    const progress = tools.progress({ quiet });
    try {
      const result = await takeBackup({
        databaseUrl,
        dataDir,
        file,
        replace: force,
        release: tools.version,
        signal: tools.stopSignal(),
        say: (line) => progress.say(line),
        progress: (done, total) => progress.step('backing up, MB', done / MB, total / MB),
      });
      progress.end();
      tools.report(result, { json, describe: describeBackup });
    } finally {
      progress.end();
    }
  });
}

function describeBackup(result: BackupResult): string {
  const { file, bytes, rows, tables, sequence, model_version: version, seconds } = result;
  return [
    `${file}: ${megabytes(bytes)} of ${megabytes(result.raw_bytes)}, ${count(rows)} rows of ${tables} tables, in ${seconds.toFixed(1)} s`,
    `as of log entry ${sequence}, model version ${version}, ${result.taken_at}`,
  ].join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
