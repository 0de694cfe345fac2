/**
 * The command line. The only file that reads the environment, listens for signals and sets the exit code.
 *
 * Results go to stdout (`--json`: one document), all else to stderr. Exit codes: 0 done, 1 failed, 2 usage.
 */
import { Command, CommanderError, Option } from 'commander';
import { createLogger, type Logger } from '@freshet/shared/logger';
import { EXIT, exitCodeOf, sentenceOf } from './cli/exit.js';
import { resolveSettings, type SettingName, SETTINGS, type Settings } from './cli/settings.js';
import { readVersion } from './cli/version.js';
import { addBenchCommand } from './commands/bench.js';
import { addReplayCommand, type Output } from './commands/replay.js';
import { migrateDatabase } from './commands/migrate.js';
import { serve } from './commands/serve.js';
import { type Role, ROLES } from './compose/run.js';

const version = readVersion();

const output: Output = {
  print: (text) => void process.stdout.write(text),
  say: (text) => void process.stderr.write(text),
};

function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { flags, help, variable, fallback } = SETTINGS[name];
    const standard = fallback === undefined ? '' : `; default ${fallback}`;
    command.addOption(new Option(flags, `${help} (${variable}${standard})`));
  }
  return command;
}

const COMMON: readonly SettingName[] = ['databaseUrl', 'logLevel'];
const SERVICE: readonly SettingName[] = ['databaseUrl', 'queueUrl', 'host', 'port', 'logLevel'];
const MODEL: readonly SettingName[] = ['threads', 'engine', 'dim', 'negatives', 'seed', 'publish', 'maxItems'];
const ROLE_SETTINGS: Readonly<Record<Role, readonly SettingName[]>> = {
  ingest: [...SERVICE, 'logRetentionDays', 'unappliedItems'],
  trainer: [...SERVICE, ...MODEL],
  serving: [...SERVICE, 'dim', 'negatives', 'seed', 'maxItems', 'activeUsers'],
};

function settingsOf(command: Command): { settings: Settings; log: Logger } {
  const settings = resolveSettings(command.opts(), process.env);
  return { settings, log: createLogger({ level: settings.logLevel }) };
}

/** Everything owned has been released by then; whatever still holds the process (a socket in its last moments) must not keep it. */
const LINGER_MS = 3_000;

/** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return stop.signal;
}

function buildProgram(): Command {
  const program = new Command('freshet').version(version).description('Recommendations and search for shops that learn from every event within a second');
  program.configureOutput({ writeErr: (text) => process.stderr.write(text) }).exitOverride();

  const start = program.command('start').description('everything in one process, on an embedded Postgres unless --database-url is given');
  withSettings(start, [...new Set([...SERVICE, 'dataDir', 'demo', 'demoRate', ...MODEL, 'logRetentionDays', 'unappliedItems', 'activeUsers'] as const)]).action(async () => {
    await serve({ ...settingsOf(start), roles: ROLES, version, signal: stopSignal(), print: (line) => process.stdout.write(`${line}\n`) });
  });
  for (const role of ROLES) {
    const command = program.command(role).description(`the ${role} service alone, beside others on the same database and queue`);
    withSettings(command, ROLE_SETTINGS[role]).action(async () => {
      await serve({ ...settingsOf(command), roles: [role], version, signal: stopSignal(), print: (line) => process.stdout.write(`${line}\n`) });
    });
  }
  const migrate = program.command('migrate').description('bring the database to this release');
  withSettings(migrate, COMMON).action(() => migrateDatabase(settingsOf(migrate)));
  addReplayCommand(program, output);
  addBenchCommand(program, { ...output, environment: process.env, stopSignal });
  for (const command of program.commands) command.exitOverride();
  return program;
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
  else {
    process.stderr.write(`freshet: ${sentenceOf(thrown)}\n`);
    process.exitCode = exitCodeOf(thrown);
  }
}
setTimeout(() => process.exit(), LINGER_MS).unref();
