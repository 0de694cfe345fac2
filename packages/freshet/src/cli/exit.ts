/** How a command ends: exit code and, for a failure, one sentence for a person. */
import { toError, UsageError } from '@freshet/shared/errors';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

/** The message, with what caused it where that says more. */
export function sentenceOf(thrown: unknown): string {
  const error = toError(thrown);
  const cause = error.cause instanceof Error && !error.message.includes(error.cause.message) ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
