/**
 * The environment's part of the configuration.
 *
 * 1. `FRESHET_…` that is no setting is a problem, with the name that was probably meant; an empty variable counts as not given.
 * 2. `DATABASE_URL_FILE` and `QUEUE_URL_FILE` name a file that holds the value; both forms at once are a problem.
 * 3. What Kubernetes sets for a service named “freshet” (`FRESHET_PORT=tcp://…`, `FRESHET_SERVICE_HOST`, …) is not ours.
 */
import { didYouMean } from '@freshet/shared/domain/nearest-name';
import type { Given, Source } from './given.js';
import { SETTING_NAMES, type SettingName, settingOf, variableName } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file. */
export const CONFIG_VARIABLE = 'FRESHET_CONFIG';

const SERVICE_LINK = /^FRESHET_(?:.*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const SERVICE_LINK_VALUE = /^(?:tcp|udp|sctp):\/\//;

/** `readText` gives a file's text, or throws. */
export function readVariables(environment: Environment, readText: (file: string) => string): Source {
  const given = new Map<SettingName, Given>();
  const problems = unknownVariables(environment);
  for (const name of SETTING_NAMES) {
    const variable = variableName(name);
    const text = valueOf(environment, variable);
    const file = settingOf(name).secret === true ? valueOf(environment, `${variable}_FILE`) : undefined;
    if (text !== undefined && file !== undefined) problems.push(`${variable} and ${variable}_FILE are both set: give one of them`);
    else if (text !== undefined) given.set(name, { text, origin: { from: 'environment', name: variable } });
    else if (file !== undefined) {
      const secret = readSecret(`${variable}_FILE`, file, readText);
      if ('problem' in secret) problems.push(secret.problem);
      else given.set(name, { text: secret.text, origin: { from: 'environment', name: `${variable}_FILE` } });
    }
  }
  return { given, problems };
}

export function valueOf(environment: Environment, variable: string): string | undefined {
  const text = environment[variable];
  return text === undefined || text === '' || SERVICE_LINK_VALUE.test(text) ? undefined : text;
}

/** Every variable that means something. */
export function knownVariables(): string[] {
  const files = SETTING_NAMES.filter((name) => settingOf(name).secret === true).map((name) => `${variableName(name)}_FILE`);
  return [...SETTING_NAMES.map(variableName), ...files, CONFIG_VARIABLE];
}

function unknownVariables(environment: Environment): string[] {
  const known = knownVariables();
  const ours = Object.keys(environment).filter((variable) => variable.startsWith('FRESHET_') && !known.includes(variable));
  return ours
    .filter((variable) => !SERVICE_LINK.test(variable) && !SERVICE_LINK_VALUE.test(environment[variable] ?? ''))
    .map((variable) => `the environment variable ${variable} is no setting${didYouMean(variable, known)}`);
}

function readSecret(variable: string, file: string, readText: (file: string) => string): { readonly text: string } | { readonly problem: string } {
  try {
    const text = readText(file).trim();
    if (text === '') return { problem: `${variable} names ${file}, which is empty` };
    return text.includes('\n') ? { problem: `${variable} names ${file}, which has more than one line` } : { text };
  } catch (thrown) {
    return { problem: `${variable} names ${file}, which can't be read: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
}
