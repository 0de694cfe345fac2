/** The command line as a tree: one line a command. Nothing is read or run here, so tests, completion and docs can look at it. */
import { Command } from 'commander';
import { addBackupCommand } from '../commands/backup.js';
import { addBenchCommand } from '../commands/bench.js';
import { addMigrateCommand } from '../commands/migrate.js';
import { addReplayCommand } from '../commands/replay.js';
import { addRestoreCommand } from '../commands/restore.js';
import { addServiceCommands } from '../commands/services.js';
import type { CommandTools } from './tools.js';

export function buildProgram(tools: CommandTools): Command {
  const program = new Command('freshet').version(tools.version).description('Recommendations and search for shops that learn from every event within a second');
  // Sub-commands inherit both.
  program.configureOutput({ writeOut: (text) => tools.print(text.trimEnd()), writeErr: (text) => tools.say(text.trimEnd()) }).exitOverride();
  addServiceCommands(program, tools);
  addMigrateCommand(program, tools);
  addBackupCommand(program, tools);
  addRestoreCommand(program, tools);
  addReplayCommand(program, tools);
  addBenchCommand(program, tools);
  return program;
}
