/**
 * The command line as data: what completion scripts and docs/CLI.md are made from. Pure.
 * Hidden commands and options are left out.
 */
import type { Argument, Command, Option } from 'commander';
import { choicesOf, examplesOf } from './options.js';

/** What a value may be: one of a few words, a file or a folder, or anything. */
export interface ValueNode {
  readonly choices: readonly string[];
  readonly file: boolean;
}

export interface OptionNode {
  /** `--port`, `-V`. */
  readonly names: readonly string[];
  /** As help shows it. */
  readonly flags: string;
  readonly description: string;
  /** Undefined for a switch. */
  readonly value: ValueNode | undefined;
  readonly group: string;
}

export interface ArgumentNode extends ValueNode {
  readonly name: string;
  readonly description: string;
}

export interface CommandNode {
  /** `freshet models list`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** What help shows after `Usage:`. */
  readonly usage: string;
  readonly arguments: readonly ArgumentNode[];
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
  readonly examples: readonly string[];
}

const FILE = /^(?:file|dir|folder|path)$/i;

export function commandTree(command: Command, parent = ''): CommandNode {
  const path = parent === '' ? command.name() : `${parent} ${command.name()}`;
  const help = command.createHelp();
  return {
    path,
    name: command.name(),
    description: command.description(),
    usage: `${path} ${command.usage()}`,
    arguments: help.visibleArguments(command).map(argumentNode),
    options: help.visibleOptions(command).map(optionNode),
    commands: help.visibleCommands(command).map((child) => commandTree(child, path)),
    examples: examplesOf(command),
  };
}

/** Every command of the tree, parents first. */
export function allCommands(tree: CommandNode): readonly CommandNode[] {
  return [tree, ...tree.commands.flatMap(allCommands)];
}

function optionNode(option: Option): OptionNode {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const takesValue = option.required || option.optional;
  const placeholder = /[<[](.+?)(?:\.{3})?[>\]]/.exec(option.flags)?.[1] ?? '';
  const value = takesValue ? { choices: choicesOf(option), file: FILE.test(placeholder) } : undefined;
  return { names, flags: option.flags, description: option.description, value, group: option.helpGroupHeading ?? 'Options:' };
}

function argumentNode(argument: Argument): ArgumentNode {
  const name = argument.name();
  return { name, description: argument.description, choices: argument.argChoices ?? [], file: FILE.test(name) };
}
