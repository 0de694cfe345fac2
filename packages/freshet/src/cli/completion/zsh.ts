/** Completion for zsh, with descriptions. Pure. */
import type { CommandNode } from '../command-tree.js';
import { completionOf, longOptions, pattern, quoted, takesFiles, wordsOf } from './words.js';

export function zshCompletion(tree: CommandNode): string {
  const { commands, paths, fileOptions, valueOptions } = completionOf(tree);
  const values = [...valueOptions].map(([words, places]) => `    (${pattern(places)}) compadd -- ${words}; return ;;`);
  const known = commands.map(
    (command) => `    (${quoted(command.path)})
      entries=(${wordsOf(command).map(({ word, description }) => entry(word, description)).join(' ')})
      options=(${longOptions(command).map(({ name, description }) => entry(name, description)).join(' ')})
      files=${takesFiles(command) ? 'yes' : ''} ;;`,
  );
  return `#compdef ${tree.name}
# Completion of ${tree.name} for zsh. To use it: source <(${tree.name} completion zsh), after compinit
_${tree.name}() {
  local at=${quoted(tree.path)} files='' place
  local -a entries options
  for ((place = 2; place < CURRENT; place++)); do
    case "$at \${words[place]}" in
      (${pattern(paths)}) at="$at \${words[place]}" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
    (${pattern(fileOptions)}) _files; return ;;
${values.join('\n')}
  esac
  case "$at" in
${known.join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then
    _describe -o option options
  else
    (( \${#entries} )) && _describe command entries
    [[ -n "$files" ]] && _files
  fi
}
compdef _${tree.name} ${tree.name}
`;
}

/** \`_describe\` splits at the first colon. */
function entry(word: string, description: string): string {
  return quoted(`${word.replaceAll(':', String.raw`\:`)}:${description.replaceAll(/\s+/g, ' ')}`);
}
