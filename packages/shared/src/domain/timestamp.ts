/**
 * When an event happened, in milliseconds since 1970, read the same way wherever an event is sent to.
 *
 * 1. A number below 10¹¹ is seconds (as milliseconds it would be before 1973), from there on milliseconds.
 * 2. A text is RFC 3339 with a zone. A missing one is the time of receipt.
 * 3. Before 2000 or more than five minutes after receipt is refused: a wrong clock would outrank everything else.
 */
export const FUTURE_TOLERANCE_MS = 5 * 60_000;
export const EARLIEST_MS = Date.UTC(2000, 0, 1);

export type TimestampFault = 'bad_timestamp' | 'timestamp_too_old' | 'timestamp_in_future';

export type TimestampReading = { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly code: TimestampFault; readonly detail: string };

const SECONDS_BELOW = 1e11;
const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export function readTimestamp(raw: number | string | undefined, receivedAt: number): TimestampReading {
  if (raw === undefined) return { ok: true, ms: Math.floor(receivedAt) };
  const ms = typeof raw === 'number' ? fromNumber(raw) : fromText(raw.trim());
  if (ms === undefined || Number.isNaN(ms)) return refused('bad_timestamp', 'A text timestamp must be RFC 3339 with a zone, such as 2026-11-22T18:30:00Z.');
  const latest = receivedAt + FUTURE_TOLERANCE_MS;
  if (ms < EARLIEST_MS) return refused('timestamp_too_old', 'The timestamp is before the year 2000.');
  if (ms > latest) return refused('timestamp_in_future', `The timestamp is more than five minutes in the future${finerUnit(ms, latest)}.`);
  return { ok: true, ms };
}

function refused(code: TimestampFault, detail: string): TimestampReading {
  return { ok: false, code, detail };
}

/** Not read as such: a unit that is guessed too cleverly turns one producer's mistake into a silent one. */
function finerUnit(ms: number, latest: number): string {
  const isPlausible = (value: number): boolean => value >= EARLIEST_MS && value <= latest;
  if (isPlausible(ms / 1e3)) return '; it looks like microseconds, and milliseconds are expected';
  return isPlausible(ms / 1e6) ? '; it looks like nanoseconds, and milliseconds are expected' : '';
}

function fromNumber(value: number): number {
  return Math.floor(Math.abs(value) < SECONDS_BELOW ? value * 1_000 : value);
}

function fromText(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  // Date.parse lets 30 February pass as 2 March.
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return Math.floor(Date.parse(text.toUpperCase().replace(' ', 'T')));
}
