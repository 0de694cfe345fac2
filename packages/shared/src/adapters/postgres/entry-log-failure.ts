/** What the log's callers get to see of a failed statement: may it succeed later without a change? */
import { FreshetError, toError, UnavailableError } from '../../errors.js';

/** SQLSTATE classes: connection, resources (disk, memory, connections), shutdown, rolled back, lock not available, I/O. */
const RETRYABLE_STATE = /^(08|53|57P|40|55P|58)/;
/** Node's socket errors, and node-postgres's own, which have no SQLSTATE. */
const RETRYABLE_TEXT = /ECONN|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|Connection terminated|timeout|not queryable|Client has encountered a connection error/i;

export function toLogFailure(thrown: unknown): FreshetError {
  if (thrown instanceof FreshetError) return thrown;
  const cause = toError(thrown);
  const state = stateOf(thrown);
  if (state === '53100') return new UnavailableError('disk_full', 'the database’s disk is full: nothing is accepted until there is room', { cause });
  if (RETRYABLE_STATE.test(state) || RETRYABLE_TEXT.test(`${state} ${cause.message}`)) {
    return new UnavailableError('log_unavailable', `the log in Postgres doesn’t answer: ${cause.message}`, { cause });
  }
  return new FreshetError('log_failed', `the log in Postgres refused a batch: ${cause.message}`, { cause });
}

/** "no partition of relation … found for row" */
export function isMissingPartition(thrown: unknown): boolean {
  return stateOf(thrown) === '23514' && toError(thrown).message.includes('no partition');
}

export function stateOf(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : '';
}
