/** `freshet models list | show | rollback`: the model's versions of a running Freshet, over REST; `export | import`: files of the database. */
import type { Command } from 'commander';
import { UsageError } from '@freshet/shared/errors';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';
import { describeList, describeRollback, describeVersion } from '../models/describe.js';
import { listModels, rollBack, showModel } from '../models/models.js';
import { addTransferCommands } from './models-transfer.js';
import { wholeNumber } from './whole-number.js';

interface ListFlags extends OutputFlags {
  readonly limit: string;
}

interface RollbackFlags extends OutputFlags {
  readonly reason?: string;
  readonly undo?: boolean;
  readonly force?: boolean;
}

export function addModelsCommand(program: Command, tools: CommandTools): void {
  const models = program.command('models').description('the model’s versions: list them, look at one, roll back to one');
  addList(models, tools);
  addShow(models, tools);
  addRollback(models, tools);
  addTransferCommands(models, tools);
}

function addList(models: Command, tools: CommandTools): void {
  const command = models.command('list').description('which version answers, the last ones that were learned, and what happened to them');
  command.option('--limit <number>', 'versions and events shown, 1 to 100', '10');
  withSettings(withOutputOptions(command), ['url']);
  withExamples(command, ['freshet models list', 'freshet models list --limit 50 --json']);
  command.action(async ({ json, limit }: ListFlags) => {
    const found = await listModels(tools.rest(tools.settings(command)), wholeNumber(limit, '--limit', 100));
    tools.report(found, { json, describe: describeList });
  });
}

function addShow(models: Command, tools: CommandTools): void {
  const command = models.command('show').description('what one version learned, changed and when').argument('<version>', 'its number');
  withSettings(withOutputOptions(command), ['url']);
  withExamples(command, ['freshet models show 4711']);
  command.action(async (version: string, { json }: OutputFlags) => {
    const found = await showModel(tools.rest(tools.settings(command)), wholeNumber(version, 'VERSION'));
    tools.report(found, { json, describe: describeVersion });
  });
}

function addRollback(models: Command, tools: CommandTools): void {
  const command = models.command('rollback').description('answer from an earlier version, in every process, until that is undone; training goes on').argument('[version]', 'its number');
  command.option('--reason <text>', 'kept with the change');
  command.option('--force', 'also to a version that predicted worse than what answers now (with --undo: the newest)');
  command.option('--undo', 'answer from the newest version again');
  withSettings(withOutputOptions(command), ['url']);
  withExamples(command, ['freshet models rollback 4711 --reason "hit ratio fell at noon"', 'freshet models rollback --undo']);
  command.action(async (version: string | undefined, { json, reason, undo, force }: RollbackFlags) => {
    if ((version === undefined) === (undo !== true)) throw new UsageError('rollback', 'freshet models rollback needs the number of a version, or --undo');
    const rest = tools.rest(tools.settings(command));
    const to = version === undefined ? undefined : wholeNumber(version, 'VERSION');
    const result = await rollBack(rest, { version: to, reason: reason ?? '', force: force === true }, tools.stopSignal());
    tools.report(result, { json, describe: describeRollback });
    if (!result.answering) tools.fail();
  });
}
