/** A number among a command's own words, checked. */
import { UsageError } from '@freshet/shared/errors';

export function wholeNumber(text: string, what: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
  throw new UsageError('argument', `${what} takes a whole number from 1${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}, not “${text}”`);
}
