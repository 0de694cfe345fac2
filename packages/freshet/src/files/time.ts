/**
 * Reads a time as files write it: epoch seconds (fractions allowed), milliseconds, micro- or nanoseconds
 * (told apart by their size), RFC 3339, or a date with or without a time of day.
 *
 * 1. A time without a zone is that of the zone given, or UTC: never of the machine it is read on.
 * 2. A date such as 03/04/2024 is read only when the order of day and month has been given.
 */
import { UsageError } from '@freshet/shared/errors';

export type DateOrder = 'dmy' | 'mdy';
/** Minutes that the zone's clocks are ahead of UTC when they show this time (as if it were UTC, in milliseconds). */
export type ZoneOffset = (shown: number) => number;

export interface TimeRules {
  readonly dateOrder?: DateOrder | undefined;
  /** Default UTC. */
  readonly zone?: ZoneOffset | undefined;
}

/** Milliseconds since 1970 (a whole number); undefined when the text is no time that we know; `ambiguous` see 2. */
export function parseTime(cell: string | number, rules: TimeRules = {}): number | 'ambiguous' | undefined {
  if (typeof cell === 'number') return fromEpoch(cell);
  const text = cell.trim();
  if (NUMBER.test(text)) return fromEpoch(Number(text));
  return fromCalendar(text, rules) ?? fromLocalDate(text, rules);
}

const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** |x| below the bound is in the unit that many milliseconds long: 10¹¹ s is the year 5138, 10¹¹ ms is 1973. */
const UNITS: readonly (readonly [bound: number, ms: number])[] = [[1e11, 1000], [1e14, 1], [1e17, 1e-3], [1e20, 1e-6]];

function fromEpoch(value: number): number | undefined {
  const unit = UNITS.find(([bound]) => Math.abs(value) < bound);
  return unit === undefined || Number.isNaN(value) ? undefined : Math.round(value * unit[1]);
}

/** The time of day and the zone, in both ways of writing a date; groups 4 to 12. */
const CLOCK = String.raw`(?:(?:[Tt ]|\s)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp][Mm])?)?\s*(?:(Z|z|UTC)|([+-])(\d{2}):?(\d{2}))?$`;
const CALENDAR = new RegExp(String.raw`^(\d{4})[-/](\d{1,2})[-/](\d{1,2})${CLOCK}`);
const LOCAL = new RegExp(String.raw`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})${CLOCK}`);

function fromCalendar(text: string, rules: TimeRules): number | undefined {
  const match = CALENDAR.exec(text);
  return match === null ? undefined : fromParts(match, [Number(match[1]), Number(match[2]), Number(match[3])], rules);
}

function fromLocalDate(text: string, rules: TimeRules): number | 'ambiguous' | undefined {
  const match = LOCAL.exec(text);
  if (match === null) return undefined;
  const [first, second, year] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (rules.dateOrder === undefined) return 'ambiguous';
  return fromParts(match, rules.dateOrder === 'dmy' ? [year, second, first] : [year, first, second], rules);
}

function fromParts(match: RegExpExecArray, [year, month, day]: readonly [number, number, number], { zone }: TimeRules): number | undefined {
  const hour = hourOf(Number(match[4] ?? 0), match[8]);
  const [minute, second] = [Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 60) return undefined;
  const fraction = Math.round(Number(`0.${match[7] ?? 0}`) * 1000);
  const shown = Date.UTC(year, month - 1, day, hour, minute, second, fraction);
  if (match[9] !== undefined) return shown;
  const minutes = match[10] === undefined ? (zone?.(shown) ?? 0) : (match[10] === '-' ? -1 : 1) * (Number(match[11]) * 60 + Number(match[12]));
  return shown - minutes * 60_000;
}

/** 12 AM is midnight, 12 PM noon; beyond 12 with AM or PM is no hour. */
function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return 24;
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0);
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const HOUR_MS = 3_600_000;
/** Offsets change on the quarter of an hour at the finest, so one answer serves all times within it. */
const ZONE_STEP_MS = HOUR_MS / 4;
const KNOWN_STEPS = 100_000;

/** `UTC`, an offset such as `+02:00`, or a name such as `Europe/Berlin`; a `UsageError` for anything else. */
export function parseZone(text: string): ZoneOffset {
  const fixed = /^([+-])(\d{2}):?(\d{2})$/.exec(text);
  if (fixed !== null) {
    const minutes = (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3]));
    return () => minutes;
  }
  const clock = namedClock(text);
  const known = new Map<number, number>();
  return (shown) => {
    const step = Math.floor(shown / ZONE_STEP_MS);
    let minutes = known.get(step);
    if (minutes === undefined) {
      // The offset at the time shown is a first guess; the offset there decides (twice-shown hours: the earlier one).
      minutes = clock(shown - clock(shown - clock(shown) * 60_000) * 60_000);
      if (known.size >= KNOWN_STEPS) known.clear();
      known.set(step, minutes);
    }
    return minutes;
  };
}

/** Minutes ahead of UTC at a moment. */
function namedClock(zone: string): (moment: number) => number {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    return (moment) => {
      const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
      return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - moment) / 60_000);
    };
  } catch (cause) {
    throw new UsageError('time_zone', `"${zone}" is no time zone; give UTC, an offset such as +02:00 or a name such as Europe/Berlin.`, { cause });
  }
}
