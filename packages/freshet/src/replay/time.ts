/**
 * Reads a time as files write it: epoch seconds (fractions allowed), milliseconds, micro- or nanoseconds
 * (told apart by their size), RFC 3339, or a date with or without a time of day.
 * A time without a zone is UTC: the same file gives the same result on every machine.
 */

/** Milliseconds since 1970 (a whole number), or undefined when the text is no time that we know. */
export function parseTime(cell: string | number): number | undefined {
  if (typeof cell === 'number') return fromEpoch(cell);
  const text = cell.trim();
  if (NUMBER.test(text)) return fromEpoch(Number(text));
  return fromCalendar(text);
}

const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** |x| below the bound is in the unit that many milliseconds long: 10¹¹ s is the year 5138, 10¹¹ ms is 1973. */
const UNITS: readonly (readonly [bound: number, ms: number])[] = [[1e11, 1000], [1e14, 1], [1e17, 1e-3], [1e20, 1e-6]];

function fromEpoch(value: number): number | undefined {
  const unit = UNITS.find(([bound]) => Math.abs(value) < bound);
  return unit === undefined || Number.isNaN(value) ? undefined : Math.round(value * unit[1]);
}

const CALENDAR =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[Tt ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(?:(Z|z|UTC)|([+-])(\d{2}):?(\d{2}))?$/;

function fromCalendar(text: string): number | undefined {
  const match = CALENDAR.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 60) return undefined;
  const fraction = Math.round(Number(`0.${match[7] ?? 0}`) * 1000);
  const zoneMinutes = (match[9] === '-' ? -1 : 1) * (part(10) * 60 + part(11));
  return Date.UTC(year, month - 1, day, hour, minute, second, fraction) - zoneMinutes * 60_000;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
