/** Options that many commands share, so that they read the same everywhere. */
import { type Command, Option } from 'commander';
import { optionName, SETTING_NAMES, type SettingName, settingOf, variableName } from './settings.js';
import { CONFIG_VARIABLE } from './variables.js';

/** Flags that `withOutputOptions` adds. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The settings that this command uses, as options, and `--config`; `tools.settings(command)` reads them. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of SETTING_NAMES) if (names.includes(name)) command.addOption(settingOption(name));
  return command.addOption(new Option('--config <file>', `a configuration file (${CONFIG_VARIABLE}; default freshet.yaml, where there is one)`).helpGroup('Configuration:'));
}

function settingOption(name: SettingName): Option {
  const { group, kind, fallback, help } = settingOf(name);
  const choices = kind.choices === undefined || kind.placeholder.includes('|') ? '' : `: ${kind.choices.join(', ')}`;
  const standard = fallback === undefined || kind.format(fallback) === '' ? '' : `; default ${kind.format(fallback)}`;
  return new Option(`${optionName(name)} <${kind.placeholder}>`, `${help}${choices} (${variableName(name)}${standard})`).helpGroup(`${group}:`);
}

/** The values that an option's argument can have, where they are few: commander's own, or those of the setting of this name. */
export function choicesOf(option: Option): readonly string[] {
  const name = SETTING_NAMES.find((one) => optionName(one) === option.long);
  return option.argChoices ?? (name === undefined ? [] : (settingOf(name).kind.choices ?? []));
}

/** `--json`, and `--quiet` for commands that show progress. */
export function withOutputOptions(command: Command, { quiet = false }: { readonly quiet?: boolean } = {}): Command {
  command.option('--json', 'one JSON document on stdout');
  if (quiet) command.option('--quiet', 'no progress on stderr');
  return command;
}

const examples = new WeakMap<Command, readonly string[]>();

/** Lines that end a command's help and stand in docs/CLI.md; each is a whole command. */
export function withExamples(command: Command, lines: readonly string[]): Command {
  examples.set(command, lines);
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}
