/** Options that name hyperparameters: those of the table of model settings, checked by its rules. */
import type { Command } from 'commander';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { toError, UsageError } from '@freshet/shared/errors';
import { MODEL_SETTING_NAMES, MODEL_SETTINGS } from '../cli/model-settings.js';
import type { Kind } from '../cli/setting-kinds.js';
import { optionName } from '../cli/settings.js';

export type ModelFlags = { readonly [K in (typeof MODEL_SETTING_NAMES)[number]]?: string };

export function withModelOptions(command: Command): Command {
  for (const name of MODEL_SETTING_NAMES) {
    const { fallback, help } = MODEL_SETTINGS[name];
    const kind: Kind<unknown> = MODEL_SETTINGS[name].kind as Kind<unknown>;
    const standard = kind.format(fallback);
    command.option(`${optionName(name)} <${kind.placeholder}>`, `${help} (default ${standard === '' ? 'none' : standard})`);
  }
  return command;
}

export function modelFlags(flags: ModelFlags): Partial<ModelConfig> {
  const given = MODEL_SETTING_NAMES.flatMap((name) => {
    const text = flags[name];
    return text === undefined ? [] : [[name, parse(name, text)] as const];
  });
  return Object.fromEntries(given);
}

function parse(name: (typeof MODEL_SETTING_NAMES)[number], text: string): unknown {
  const kind: Kind<unknown> = MODEL_SETTINGS[name].kind as Kind<unknown>;
  try {
    return kind.parse(text);
  } catch (thrown) {
    throw new UsageError('option_value', `${optionName(name)} ${toError(thrown).message}, not “${text}”`);
  }
}
