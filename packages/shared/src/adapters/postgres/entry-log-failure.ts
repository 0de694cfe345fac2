/** What the log's callers get to see of a failed statement: may it succeed later without a change? */
import { FreshetError, toError } from '../../errors.js';
import { sqlState, toDatabaseError } from './database-error.js';

export function toLogFailure(thrown: unknown): FreshetError {
  const known = toDatabaseError(thrown, 'the log’s Postgres');
  if (known instanceof FreshetError) return known;
  return new FreshetError('log_failed', `the log refused a statement: ${known.message}`, { cause: known });
}

/** The primary key of the current id table; nothing else of the log's statements can be there twice. */
export function isKnownId(thrown: unknown): boolean {
  return sqlState(thrown) === '23505';
}

/** "no partition of relation … found for row" */
export function isMissingPartition(thrown: unknown): boolean {
  return sqlState(thrown) === '23514' && toError(thrown).message.includes('no partition');
}
