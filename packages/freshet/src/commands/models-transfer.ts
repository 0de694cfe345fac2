/** `freshet models export | import`: a stored model as a directory of NPY files, and a model that begins with one. */
import type { Command } from 'commander';
import type { ExportResult } from '@freshet/trainer/transfer/export';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import { MODEL_SETTING_NAMES } from '../cli/model-settings.js';
import { count } from '../cli/progress-line.js';
import type { CommandTools } from '../cli/tools.js';
import type { ImportModelResult } from '../models/transfer.js';
import { wholeNumber } from './whole-number.js';

type ExportFlags = OutputFlags & { readonly version?: string };
type ImportFlags = OutputFlags & { readonly replace?: boolean };

const MB = 1e6;

export function addTransferCommands(models: Command, tools: CommandTools): void {
  addExport(models, tools);
  addImport(models, tools);
}

function addExport(models: Command, tools: CommandTools): void {
  const command = models
    .command('export')
    .description('a version of the model as a directory of NPY files with a manifest, while Freshet runs')
    .argument('<dir>', 'where to write it: a directory that is empty or not there yet');
  command.option('--version <number>', 'an earlier one, as far as it is stored');
  withSettings(withOutputOptions(command), ['databaseUrl', 'dataDir']);
  withExamples(command, ['freshet models export ./model', 'freshet models export --version 4711 --data-dir /var/lib/shop ./model-4711']);
  command.action(async (directory: string, { json, version }: ExportFlags) => {
    const { exportStored } = await import('../models/transfer.js');
    const settings = tools.settings(command);
    const result = await exportStored(settings, { directory, version: version === undefined ? undefined : wholeNumber(version, '--version'), release: tools.version }, (line) => tools.say(line));
    tools.report(result, { json, describe: describeExport });
  });
}

function addImport(models: Command, tools: CommandTools): void {
  const command = models
    .command('import')
    .description('begin a model with an exported directory, or with vectors by item id (.csv; .npy with .ids beside it); no trainer may run')
    .argument('<path>', 'the directory, or the file');
  command.option('--replace', 'also where there is a model: it begins another lineage, and the old one can be rolled back to');
  withSettings(withOutputOptions(command), ['databaseUrl', 'dataDir', ...MODEL_SETTING_NAMES, 'maxItems', 'maxWords', 'initShop', 'initExperience']);
  withExamples(command, ['freshet models import ./model', 'freshet models import --init-shop other --data-dir /var/lib/shop ./their-model', 'freshet models import --dim 64 vectors.csv']);
  command.action(async (path: string, { json, replace = false }: ImportFlags) => {
    const { importInto } = await import('../models/transfer.js');
    const settings = tools.settings(command);
    const result = await importInto(settings, { path, replace, signal: tools.stopSignal(), log: tools.logger({ ...settings, logLevel: 'warn' }) });
    tools.report(result, { json, describe: describeImport });
  });
}

function describeExport({ directory, version, applied, items, dim, files }: ExportResult): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `${directory}: version ${version}, which has learned up to entry ${applied}; ${count(items)} items of dimension ${dim} in ${files.length} files, ${(bytes / MB).toFixed(1)} MB`;
}

function describeImport({ path, version, items }: ImportModelResult): string {
  return `version ${version} begins with ${count(items)} items of ${path}; what the log holds beyond is learned when a trainer starts`;
}
