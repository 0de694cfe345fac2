/**
 * How a command ends: exit code and, for a failure, one sentence for a person.
 *
 * 1. 0 done, 1 failed, 2 usage: a `UsageError`, or a command line that can't be read.
 * 2. With `--json` a failure is a document, too: `{"error": {"code", "message"}}` on stdout, unless something was printed there before.
 */
import { CommanderError } from 'commander';
import { FreshetError, toError, UsageError } from '@freshet/shared/errors';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

export interface Ending {
  readonly exitCode: number;
  /** Undefined when it ended well: help or the version were asked for. */
  readonly failure?: { readonly code: string; readonly message: string; /** For people, after the sentence. */ readonly hint?: string };
}

/** `commandLine`: how the command begins that was called, such as `freshet start`. */
export function endingOf(thrown: unknown, commandLine: string): Ending {
  if (thrown instanceof CommanderError) return endingOfCommander(thrown, commandLine);
  const code = thrown instanceof FreshetError ? thrown.code : 'unexpected';
  return { exitCode: thrown instanceof UsageError ? EXIT.usage : EXIT.failed, failure: { code, message: sentenceOf(thrown) } };
}

function endingOfCommander({ exitCode, code, message }: CommanderError, commandLine: string): Ending {
  if (exitCode === 0) return { exitCode: EXIT.done };
  // Commander has shown the help of a command that can't stand alone.
  if (code === 'commander.help') return { exitCode: EXIT.usage, failure: { code: 'missing_command', message: `one of the commands of \`${commandLine}\` is needed` } };
  const plain = message.replace(/^error: /, '').replace(/\n\(Did you mean (?:one of )?(.+)\?\)$/s, '; did you mean $1?');
  return { exitCode: EXIT.usage, failure: { code: snake(code.replace(/^commander\./, '')), message: plain, hint: `\`${commandLine} --help\` says what there is.` } };
}

/** The message, with what caused it where that says more. */
function sentenceOf(thrown: unknown): string {
  const error = toError(thrown);
  const cause = error.cause instanceof Error && !error.message.includes(error.cause.message) ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}

function snake(camel: string): string {
  return camel.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
