/** What each shell's script has to know about the commands, in the order the shells ask. Pure. */
import { allCommands, type CommandNode } from '../command-tree.js';

export interface Completion {
  /** Every command, the top first. */
  readonly commands: readonly CommandNode[];
  /** Paths that a word may lead to: all but the top. */
  readonly paths: readonly string[];
  /** `freshet start --config` and all others after which a file's name comes. */
  readonly fileOptions: readonly string[];
  /** The same for other values, by the words that there are, joined with blanks (none: anything). */
  readonly valueOptions: ReadonlyMap<string, readonly string[]>;
}

export function completionOf(tree: CommandNode): Completion {
  const commands = allCommands(tree);
  const valueOptions = new Map<string, string[]>();
  const fileOptions: string[] = [];
  for (const { path, options } of commands) {
    for (const { names, value } of options) {
      const places = value === undefined ? [] : names.map((name) => `${path} ${name}`);
      if (value?.file === true) fileOptions.push(...places);
      else if (value !== undefined) valueOptions.set(value.choices.join(' '), [...(valueOptions.get(value.choices.join(' ')) ?? []), ...places]);
    }
  }
  return { commands, paths: commands.slice(1).map(({ path }) => path), fileOptions, valueOptions };
}

/** `--json --port …`: what is offered after a dash. */
export function longOptions({ options }: CommandNode): readonly { readonly name: string; readonly description: string }[] {
  return options.flatMap(({ names, description }) => names.filter((name) => name.startsWith('--')).map((name) => ({ name, description })));
}

/** An alternative of a `case`, as bash and zsh read it. */
export function pattern(places: readonly string[]): string {
  return places.length === 0 ? "''" : places.map(quoted).join('|');
}

/** What may stand where no option does: commands and an argument's choices. */
export function wordsOf({ commands, arguments: args }: CommandNode): readonly { readonly word: string; readonly description: string }[] {
  return [...commands.map(({ name, description }) => ({ word: name, description })), ...args.flatMap(({ choices, description }) => choices.map((word) => ({ word, description })))];
}

export function takesFiles({ arguments: args }: CommandNode): boolean {
  return args.some(({ file }) => file);
}

/** In single quotes, as every one of these shells reads it (`'` ends, is escaped, begins again). */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
