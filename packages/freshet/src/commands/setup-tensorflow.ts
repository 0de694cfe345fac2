/** `freshet setup-tensorflow`: makes native TensorFlow work for training, or takes it away again (docs/TENSORFLOW.md). */
import type { Command } from 'commander';
import { UsageError } from '@freshet/shared/errors';
import { type OutputFlags, withExamples, withOutputOptions } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';
import type { SetupResult } from '../setup-tensorflow/setup.js';

interface Flags extends OutputFlags {
  readonly gpu?: boolean;
  readonly undo?: boolean;
}

export function addSetupTensorflowCommand(program: Command, tools: CommandTools): void {
  const command = program.command('setup-tensorflow').description('make native TensorFlow work for training: libraries from PyPI, an addon compiled here');
  command.option('--gpu', 'TensorFlow and CUDA libraries for NVIDIA GPUs (the driver must be there)').option('--undo', 'remove what it put there');
  withOutputOptions(command);
  withExamples(command, ['freshet setup-tensorflow', 'freshet setup-tensorflow --gpu', 'freshet setup-tensorflow --undo']);
  command.action(async ({ gpu = false, undo = false, json }: Flags) => {
    if (gpu && undo) throw new UsageError('option_conflict', '--undo removes either set-up: give it without --gpu');
    const { setUp, takeAway } = await import('../setup-tensorflow/setup.js');
    if (undo) {
      tools.report({ state: (await takeAway()) ? 'removed' : 'nothing_there' }, { json, describe: ({ state }) => (state === 'removed' ? 'native TensorFlow is removed' : 'there was nothing to remove') });
      return;
    }
    const context = { environment: tools.environment, signal: tools.stopSignal(), say: (line: string) => tools.say(line) };
    tools.report(await setUp({ gpu }, context), { json, describe });
  });
}

function describe({ state, version, gpu, gpu_in_use: inUse, seconds }: SetupResult): string {
  const done = state === 'in_place' ? 'is in place already' : `works, after ${seconds} s`;
  const use = gpu && !inUse ? '; no GPU was found, so it computes on the CPU' : '';
  return `native TensorFlow ${version} for ${gpu ? 'GPUs' : 'the CPU'} ${done}${use}`;
}
