/**
 * The command line as a tree: one line a command. Nothing is read or run here, so tests, completion and docs can look at it.
 * What a command needs beyond its options it imports when it runs: `freshet --help` loads no database, queue or web server.
 */
import { Command } from 'commander';
import { addBackupCommand } from '../commands/backup.js';
import { addBenchCommand } from '../commands/bench.js';
import { addCompletionCommand } from '../commands/completion.js';
import { addDeadLettersCommand } from '../commands/dead-letters.js';
import { addDoctorCommand } from '../commands/doctor.js';
import { addEvaluateCommand } from '../commands/evaluate.js';
import { addEventsCommand } from '../commands/events.js';
import { addImportCommand } from '../commands/import.js';
import { addMigrateCommand } from '../commands/migrate.js';
import { addModelsCommand } from '../commands/models.js';
import { addRefitCommand } from '../commands/refit.js';
import { addReplayCommand } from '../commands/replay.js';
import { addRestoreCommand } from '../commands/restore.js';
import { addServiceCommands } from '../commands/services.js';
import { addSetupTensorflowCommand } from '../commands/setup-tensorflow.js';
import type { CommandTools } from './tools.js';

export function buildProgram(tools: CommandTools): Command {
  const program = new Command('freshet').version(tools.version).description('Recommendations for shops that learn from every event within a second');
  // Sub-commands inherit both. Errors are told where the program ends (exit.ts).
  program.configureOutput({ writeOut: (text) => tools.print(text.trimEnd()), writeErr: (text) => tools.say(text.trimEnd()), outputError: () => undefined }).exitOverride();
  program.addHelpText('after', '\nEvery command has --help. Settings, variables and the configuration file: docs/CONFIGURATION.md; all commands: docs/CLI.md.');
  addServiceCommands(program, tools);
  addMigrateCommand(program, tools);
  addBackupCommand(program, tools);
  addRestoreCommand(program, tools);
  addDoctorCommand(program, tools);
  addImportCommand(program, tools);
  addModelsCommand(program, tools);
  addRefitCommand(program, tools);
  addReplayCommand(program, tools);
  addEvaluateCommand(program, tools);
  addBenchCommand(program, tools);
  addSetupTensorflowCommand(program, tools);
  addEventsCommand(program, tools);
  addDeadLettersCommand(program, tools);
  addCompletionCommand(program, tools);
  return program;
}

/** How the command begins that a command line calls: `freshet start` for `start --port 80`. */
export function calledCommand(program: Command, words: readonly string[]): string {
  const called = words.reduce<Command[]>((path, word) => [...path, ...(path.at(-1)?.commands.filter((child) => child.name() === word) ?? [])], [program]);
  return called.map((command) => command.name()).join(' ');
}
