/** Errors of node-postgres and of Postgres itself, as ours: with a sentence, and with `retryable` set right. */
import { FreshetError, toError, UnavailableError, UsageError } from '../../errors.js';

/** SQLSTATEs that no waiting cures: the sentence says what to change. */
const SETTINGS: Readonly<Record<string, string>> = {
  '28P01': 'refused the password',
  '28000': 'refused the user',
  '3D000': 'has no such database: create it, or correct DATABASE_URL',
  '42501': 'denies this user a permission that Freshet needs (it creates schemas and tables)',
  '25006': 'is read-only: give the URL of the primary',
};

/** Full, overloaded, shutting down or cut off: worth another try. Classes of SQLSTATE. */
const RETRYABLE_STATE = /^(08|53|57P|58|40|55P)/;
/** The same as Node and node-postgres say it. */
const RETRYABLE_TEXT = /ECONN|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|Connection terminated|timeout|not queryable|connection error/i;

export function sqlState(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** `target` as from `describeTarget`. */
export function toDatabaseError(thrown: unknown, target: string): Error {
  if (thrown instanceof FreshetError) return thrown;
  const cause = toError(thrown);
  const state = sqlState(thrown);
  const setting = SETTINGS[state];
  if (setting !== undefined) return new UsageError('database_refused', `${target} ${setting} (${cause.message})`, { cause });
  if (state === '53100') return new UnavailableError('disk_full', `the disk of ${target} is full`, { cause });
  if (RETRYABLE_STATE.test(state) || RETRYABLE_TEXT.test(`${state} ${cause.message}`)) {
    return new UnavailableError('database_unavailable', `${target} doesn't answer: ${reason(cause)}`, { cause });
  }
  return cause;
}

/** Node joins the errors of several addresses into one without a message. */
function reason(cause: Error): string {
  if (cause.message !== '') return cause.message;
  return cause instanceof AggregateError ? cause.errors.map((each) => toError(each).message).join(', ') : cause.name;
}
