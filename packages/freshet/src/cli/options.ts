/** Options that many commands share, so that they read the same everywhere. */
import { type Command, Option } from 'commander';
import { SETTINGS, type SettingName } from './settings.js';

/** Flags that `withOutputOptions` adds. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The settings that this command uses, as options; `tools.settings(command)` reads them. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { flags, help, variable, fallback } = SETTINGS[name];
    const standard = fallback === undefined ? '' : `; default ${fallback}`;
    command.addOption(new Option(flags, `${help} (${variable}${standard})`));
  }
  return command;
}

/** `--json`, and `--quiet` for commands that show progress. */
export function withOutputOptions(command: Command, { quiet = false }: { readonly quiet?: boolean } = {}): Command {
  command.option('--json', 'one JSON document on stdout');
  if (quiet) command.option('--quiet', 'no progress on stderr');
  return command;
}

/** Lines that end a command's help; each is a whole command. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}
