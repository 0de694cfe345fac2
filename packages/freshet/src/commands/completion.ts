/** `freshet completion SHELL`: a script that completes commands, options and their values; made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { commandTree, type CommandNode } from '../cli/command-tree.js';
import { bashCompletion } from '../cli/completion/bash.js';
import { fishCompletion } from '../cli/completion/fish.js';
import { zshCompletion } from '../cli/completion/zsh.js';
import { withExamples } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const satisfies Record<string, (tree: CommandNode) => string>;

export function addCompletionCommand(program: Command, tools: CommandTools): void {
  const command = program.command('completion').description('print a script that completes commands and options in a shell');
  command.addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(SHELLS)));
  withExamples(command, ['source <(freshet completion bash)', 'freshet completion zsh > ~/.zfunc/_freshet', 'freshet completion fish > ~/.config/fish/completions/freshet.fish']);
  command.action((shell: keyof typeof SHELLS) => tools.print(SHELLS[shell](commandTree(program)).trimEnd()));
}
