/** `freshet refit`: asks a running Freshet for a model that is learned from the log anew, and waits for what becomes of it. */
import type { Command } from 'commander';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';
import { wholeNumber } from './whole-number.js';

type Flags = OutputFlags & { readonly epochs?: string; readonly gate?: string; readonly reason: string; readonly wait: boolean };

export function addRefitCommand(program: Command, tools: CommandTools): void {
  const command = program.command('refit').description('learn the model from the log anew beside the live one, and let it take its place when it isn’t worse');
  command.option('--epochs <number>', 'times that each event is learned, 1 to 100; default: refit_epochs of the Freshet that is asked');
  command.option('--gate <events>', 'last events on which it is compared with the serving model and both floors; off or 0: promoted without; default: its refit_gate');
  command.option('--reason <text>', 'kept with it', 'asked for on the command line');
  command.option('--no-wait', 'don’t wait for what becomes of it');
  withSettings(withOutputOptions(command), ['url']);
  withExamples(command, ['freshet refit', 'freshet refit --gate 2000 --reason "after the import"', 'freshet refit --no-wait --json']);
  command.action(async ({ json, epochs, gate, reason, wait }: Flags) => {
    const { askRefit, describeRefit } = await import('../models/refit.js');
    const wish = {
      ...(epochs === undefined ? {} : { epochs: wholeNumber(epochs, '--epochs', 100) }),
      ...(gate === undefined ? {} : { gate: gate === 'off' || gate === '0' ? 0 : wholeNumber(gate, '--gate', 100_000) }),
      reason,
    };
    const refit = await askRefit(tools.rest(tools.settings(command)), wish, { wait, signal: tools.stopSignal() });
    tools.report(refit, { json, describe: describeRefit });
    if (refit.state === 'refused' || refit.state === 'failed') tools.fail();
  });
}
