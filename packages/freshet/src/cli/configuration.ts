/**
 * All settings from all sources: an option beats the environment, the environment the configuration file, the file the default.
 *
 * 1. Everything wrong anywhere is one `UsageError` that names each place: nothing is half configured.
 * 2. Each value knows where it came from.
 * 3. No value that may hold a password is repeated in a message.
 */
import { UsageError } from '@freshet/shared/errors';
import { parseConfigFile, STANDARD_FILES } from './config-file.js';
import { type Given, type Origin, placeOf, type Source } from './given.js';
import { redactUrl } from './redact.js';
import { keyName, optionName, SETTING_NAMES, type SettingName, settingOf, type Settings } from './settings.js';
import { CONFIG_VARIABLE, type Environment, readVariables, valueOf } from './variables.js';

/** Files as the resolver sees them: relative paths are those of the working directory. */
export interface Files {
  exists(file: string): boolean;
  /** Throws when there is none, or when it isn't UTF-8. */
  readText(file: string): string;
}

export interface ConfigurationInput {
  /** What commander has read, by name in camel case; `config` names the file. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  readonly files: Files;
}

export interface Configuration {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, Origin>>;
  /** The file that was read. */
  readonly file: string | undefined;
}

export function resolveConfiguration({ options, environment, files }: ConfigurationInput): Configuration {
  const file = findFile(options, environment, files);
  const sources = [readOptions(options), readVariables(environment, files.readText), file === undefined ? NOTHING : readFile(file, files)];
  const problems = sources.flatMap((source) => source.problems);
  const resolved = SETTING_NAMES.map((name) => resolve(name, sources, problems));
  if (problems.length > 0) throw new UsageError('setting', problems.length === 1 ? (problems[0] ?? '') : `${problems.length} settings can't be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  return {
    // Each value was parsed by its own setting's kind.
    settings: Object.fromEntries(resolved.map(({ name, value }) => [name, value])) as Settings,
    origins: Object.fromEntries(resolved.map(({ name, origin }) => [name, origin])) as Configuration['origins'],
    file,
  };
}

/** Without a configuration file. */
export function resolveSettings(options: ConfigurationInput['options'], environment: Environment): Settings {
  const none = (file: string): string => {
    throw new UsageError('setting', `${file} can't be read here`);
  };
  return resolveConfiguration({ options, environment, files: { exists: () => false, readText: none } }).settings;
}

const NOTHING: Source = { given: new Map(), problems: [] };

interface Resolved {
  readonly name: SettingName;
  readonly value: unknown;
  readonly origin: Origin;
}

function resolve(name: SettingName, sources: readonly Source[], problems: string[]): Resolved {
  const { kind, fallback, secret } = settingOf(name);
  const given = sources.map((source) => source.given.get(name)).find((one) => one !== undefined);
  if (given === undefined) return { name, value: fallback, origin: { from: 'default' } };
  try {
    return { name, value: kind.parse(given.text), origin: given.origin };
  } catch (thrown) {
    problems.push(refusal(name, given, { thrown, secret: secret === true }));
    return { name, value: fallback, origin: given.origin };
  }
}

function refusal(name: SettingName, { text, origin }: Given, { thrown, secret }: { thrown: unknown; secret: boolean }): string {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const place = placeOf(origin, keyName(name));
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  // A sentence of its own, such as one about a custom event type, says what it is about.
  return why.startsWith('must') ? `${place} ${why}, not “${secret ? redactUrl(shown) : shown}”` : `${place}: ${why}`;
}

function readOptions(options: ConfigurationInput['options']): Source {
  const given = new Map<SettingName, Given>();
  for (const name of SETTING_NAMES) {
    const text = options[name];
    if (typeof text === 'string') given.set(name, { text, origin: { from: 'option', name: optionName(name) } });
  }
  return { given, problems: [] };
}

function findFile(options: ConfigurationInput['options'], environment: Environment, files: Files): string | undefined {
  const named = typeof options['config'] === 'string' ? options['config'] : valueOf(environment, CONFIG_VARIABLE);
  if (named !== undefined) return named;
  const found = STANDARD_FILES.filter((file) => files.exists(file));
  if (found.length > 1) throw new UsageError('config_file', `${found.join(' and ')} are both here: keep one of them, or name one with --config`);
  return found[0];
}

function readFile(file: string, files: Files): Source {
  let text: string;
  try {
    text = files.readText(file);
  } catch (thrown) {
    return { given: new Map(), problems: [`the configuration file ${file} can't be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`] };
  }
  return parseConfigFile(text, file);
}
