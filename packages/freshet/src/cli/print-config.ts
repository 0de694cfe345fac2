/** `--print-config`: what a command would run with, and where each value came from. Passwords are hidden. Pure. */
import type { Configuration } from './configuration.js';
import { describeOrigin, type Origin } from './given.js';
import { redactUrl } from './redact.js';
import { keyName, SETTING_NAMES, type SettingName, settingOf } from './settings.js';

export interface ShownSetting {
  readonly value: unknown;
  readonly from: Origin['from'];
  /** The option, the variable, or the file. */
  readonly name?: string;
  readonly line?: number;
}

export interface ShownConfiguration {
  readonly file: string | null;
  /** By key of the configuration file. */
  readonly settings: Readonly<Record<string, ShownSetting>>;
}

/** Of these settings only: those that the command has. */
export function showConfiguration({ settings, origins, file }: Configuration, names: readonly SettingName[]): ShownConfiguration {
  const shown = SETTING_NAMES.filter((name) => names.includes(name)).map((name): [string, ShownSetting] => [keyName(name), { value: hide(name, settings[name]), ...origins[name] }]);
  return { file: file ?? null, settings: Object.fromEntries(shown) };
}

/** A configuration file that gives the same settings (but for hidden passwords), with where each came from beside it. */
export function describeConfiguration({ file, settings }: ShownConfiguration): string {
  const lines = Object.entries(settings).map(([key, { value, ...origin }]) => [`${value === null ? '# ' : ''}${key}: ${inYaml(value)}`, describeOrigin(origin as Origin)] as const);
  const width = Math.max(0, ...lines.map(([line]) => line.length));
  return [file === null ? '# no configuration file' : `# configuration file ${file}`, ...lines.map(([line, origin]) => `${line.padEnd(width)}  # ${origin}`)].join('\n');
}

function hide(name: SettingName, value: unknown): unknown {
  if (value === undefined) return null;
  return settingOf(name).secret === true && typeof value === 'string' ? redactUrl(value) : value;
}

/** JSON is YAML; a plain word needs no quotes. */
function inYaml(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' && /^[a-z./][\w./-]*$/i.test(value) && !/^(?:true|false|null|~)$/i.test(value) ? value : JSON.stringify(value);
}
