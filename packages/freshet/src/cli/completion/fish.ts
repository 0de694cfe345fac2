/** Completion for fish, with descriptions. Pure. */
import type { CommandNode } from '../command-tree.js';
import { completionOf, takesFiles, wordsOf } from './words.js';

export function fishCompletion(tree: CommandNode): string {
  const { commands, paths } = completionOf(tree);
  return `# Completion of ${tree.name} for fish. To use it: ${tree.name} completion fish | source
function __${tree.name}_at
  set -l at ${quoted(tree.path)}
  for word in (commandline -opc)[2..-1]
    if contains -- "$at $word" ${paths.map(quoted).join(' ')}
      set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c ${tree.name} -f
${commands.flatMap((command) => linesOf(tree.name, command)).join('\n')}
`;
}

function linesOf(program: string, command: CommandNode): string[] {
  const start = `complete -c ${program} -n ${quoted(`__${program}_at ${quoted(command.path)}`)}`;
  const words = wordsOf(command).map(({ word, description }) => `${start} -a ${quoted(word)} -d ${quoted(description)}`);
  const options = command.options.flatMap(({ names, description, value }) => {
    const long = names.find((name) => name.startsWith('--'));
    return long === undefined ? [] : [`${start} -l ${quoted(long.slice(2))}${valueFlags(value)} -d ${quoted(description)}`];
  });
  return [...words, ...options, ...(takesFiles(command) ? [`${start} -F`] : [])];
}

function valueFlags(value: { readonly choices: readonly string[]; readonly file: boolean } | undefined): string {
  if (value === undefined) return '';
  if (value.file) return ' -r -F';
  return value.choices.length === 0 ? ' -x' : ` -x -a ${quoted(value.choices.join(' '))}`;
}

/** fish escapes with backslashes inside single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`;
}
