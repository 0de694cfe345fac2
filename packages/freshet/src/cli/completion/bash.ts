/** Completion for bash 3.2 and newer; needs no bash-completion package. Pure. */
import type { CommandNode } from '../command-tree.js';
import { completionOf, longOptions, pattern, quoted, takesFiles, wordsOf } from './words.js';

export function bashCompletion(tree: CommandNode): string {
  const { commands, paths, fileOptions, valueOptions } = completionOf(tree);
  const values = [...valueOptions].map(([words, places]) => `    ${pattern(places)}) words=${quoted(words)} ;;`);
  const known = commands.map((command) => {
    const words = wordsOf(command).map(({ word }) => word).join(' ');
    const options = longOptions(command).map(({ name }) => name).join(' ');
    return `    ${quoted(command.path)}) words=${quoted(words)}; options=${quoted(options)}; files=${takesFiles(command) ? 'yes' : ''} ;;`;
  });
  return `# Completion of ${tree.name} for bash. To use it: source <(${tree.name} completion bash)
_${tree.name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at=${quoted(tree.path)} words='' options='' files='' place
  # --option=value comes as three words.
  if [[ $current == = ]]; then current=''; elif [[ $previous == = ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((place = 1; place < COMP_CWORD; place++)); do
    case "$at \${COMP_WORDS[place]}" in
      ${pattern(paths)}) at="$at \${COMP_WORDS[place]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
    ${pattern(fileOptions)}) _${tree.name}_files "$current"; return ;;
${values.join('\n')}
    *) options=none ;;
  esac
  if [[ -z $options ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "$at" in
${known.join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    if [[ -n $files ]]; then _${tree.name}_files "$current"; fi
  fi
}
# Names may have blanks; bash older than 4 has no compopt, and shows them without a slash behind a folder.
_${tree.name}_files() {
  local name
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$1")
  compopt -o filenames 2>/dev/null || true
}
complete -F _${tree.name} ${tree.name}
`;
}
