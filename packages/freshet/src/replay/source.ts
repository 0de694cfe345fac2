/**
 * A file, or a preset's files, as raw events in time order: the beginning of every replay.
 *
 * In: paths and either `--columns` or `--preset`. Out: all events, sorted, with what was left out and why.
 * 1. The order is by time; ties keep the order of the files. Without a time column the files' order is the time,
 *    one second an event.
 * 2. Times before the year 2000, which Freshet doesn't accept (old data, plain counters), are all moved by one
 *    constant so that the first is at 2000-01-01; the differences stay. `shiftedMs` says so.
 * 3. At most `MAX_EVENTS` are held; a million events of a thousand items hold a thousand ids.
 */
import { CapacityError, UsageError } from '@freshet/shared/errors';
import type { LeftOut, TimedEvent, UntimedEvent } from '../files/raw-event.js';
import { chooseReading, type ReadingOptions } from '../files/reading.js';
import { openTable } from '../files/table.js';
import { createTally, type Tally, type TallyCounter } from './tally.js';

export interface SourceOptions extends ReadingOptions {
  readonly paths: readonly string[];
  /** Called now and then with the number of events read so far. */
  readonly onProgress?: (events: number) => void;
}

export interface Source {
  readonly events: readonly TimedEvent[];
  /** What the file calls the items, where it does: the first title of each. */
  readonly titles: ReadonlyMap<string, string>;
  /** Left out because they can't be read. */
  readonly bad: Tally;
  /** Left out by a rule of the preset. */
  readonly skipped: Tally;
  readonly shiftedMs: number;
  /** Every event has a time of its own. */
  readonly timed: boolean;
  /** The preset says that nobody has the same thing twice. */
  readonly noRepeats: boolean;
}

const MAX_EVENTS = 10_000_000;
const YEAR_2000 = Date.UTC(2000, 0, 1);

interface Tallies {
  readonly bad: TallyCounter;
  readonly skipped: TallyCounter;
}

export async function readSource(options: SourceOptions): Promise<Source> {
  if (options.paths.length === 0) throw new UsageError('file_missing', 'Name a file to read.');
  const reading = chooseReading(options);
  const tallies: Tallies = { bad: createTally(), skipped: createTally() };
  const events: UntimedEvent[] = [];
  const intern = createIntern();
  const titles = new Map<string, string>();
  for (const path of options.paths) {
    for (const file of await reading.files(path)) {
      const table = await openTable(file);
      for await (const rows of reading.read(table)) {
        for (const row of rows) {
          if (row.event === undefined) count(row, file, tallies);
          else {
            const event = withKnownIds(row.event, intern);
            events.push(event);
            if (row.title !== undefined && event.item_id !== undefined && !titles.has(event.item_id)) titles.set(event.item_id, Buffer.from(row.title).toString());
          }
        }
        if (events.length > MAX_EVENTS) throw new CapacityError('replay_events', `A replay holds at most ${MAX_EVENTS} events; split the file.`);
        options.onProgress?.(events.length);
      }
    }
  }
  if (events.length === 0) throw new UsageError('file_no_events', noEvents(options.paths, tallies));
  return { ...order(events), titles, ...tallies, noRepeats: reading.noRepeats };
}

function count({ line, reason, byRule }: LeftOut, file: string, { bad, skipped }: Tallies): void {
  (byRule ? skipped : bad).add(reason, `${file}, line ${line}`);
}

/** Cells are parts of the piece of the file they stood in: a copy lets go of it. */
function createIntern(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) return kept;
    const copy = Buffer.from(text).toString();
    known.set(copy, copy);
    return copy;
  };
}

function withKnownIds(event: UntimedEvent, intern: (text: string) => string): UntimedEvent {
  const known: { -readonly [K in keyof UntimedEvent]: UntimedEvent[K] } = event;
  if (event.user_id !== undefined) known.user_id = intern(event.user_id);
  if (event.session_id !== undefined) known.session_id = intern(event.session_id);
  if (event.item_id !== undefined) known.item_id = intern(event.item_id);
  return known;
}

function noEvents(paths: readonly string[], { bad, skipped }: Tallies): string {
  const why = [...bad.examples, ...skipped.examples].slice(0, 3).join('; ');
  return `${paths.join(', ')} has no usable event${why === '' ? '.' : `: ${why}.`}`;
}

function order(events: readonly UntimedEvent[]): Pick<Source, 'events' | 'shiftedMs' | 'timed'> {
  const timed = events.map((event, index) => (isTimed(event) ? event : { ...event, timestamp: YEAR_2000 + index * 1000 }));
  timed.sort((a, b) => a.timestamp - b.timestamp); // stable: ties keep the files' order
  const first = timed[0]?.timestamp ?? YEAR_2000;
  const shiftedMs = Math.max(0, YEAR_2000 - first);
  return { shiftedMs, timed: events.every(isTimed), events: shiftedMs === 0 ? timed : timed.map((event) => ({ ...event, timestamp: event.timestamp + shiftedMs })) };
}

function isTimed(event: UntimedEvent): event is TimedEvent {
  return event.timestamp !== undefined;
}
