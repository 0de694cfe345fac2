/**
 * A file, or a preset's files, as raw events in time order: the beginning of every replay.
 *
 * In: paths and either `--columns` or `--preset`. Out: all events, sorted, with what was left out and why.
 * 1. The order is by time; ties keep the order of the files. Without a time column the files' order is the time,
 *    one second an event.
 * 2. Times before the year 2000, which Freshet doesn't accept (old data, plain counters), are all moved by one
 *    constant so that the first is at 2000-01-01; the differences stay. `shiftedMs` says so.
 * 3. At most `MAX_EVENTS` are held.
 */
import { CapacityError, UsageError } from '@freshet/shared/errors';
import { parseColumns } from './columns.js';
import { findPreset, type Preset } from './presets.js';
import type { TimedEvent } from './raw-event.js';
import { readRows, type Tallies, type UntimedEvent } from './rows.js';
import { openTable } from './table.js';
import { createTally, type Tally } from './tally.js';

export interface SourceOptions {
  readonly paths: readonly string[];
  /** The text of `--columns`. */
  readonly columns?: string;
  /** The name of a preset. */
  readonly preset?: string;
  /** Type of events without a type column; default `view`. */
  readonly type?: string;
  /** Called now and then with the number of events read so far. */
  readonly onProgress?: (events: number) => void;
}

export interface Source {
  readonly events: readonly TimedEvent[];
  /** Left out because they can't be read. */
  readonly bad: Tally;
  /** Left out by a rule of the preset. */
  readonly skipped: Tally;
  readonly shiftedMs: number;
  /** The preset says that nobody has the same thing twice. */
  readonly noRepeats: boolean;
}

export const MAX_EVENTS = 10_000_000;
const YEAR_2000 = Date.UTC(2000, 0, 1);
const PROGRESS_EVERY = 10_000;

export async function readSource(options: SourceOptions): Promise<Source> {
  const preset = choose(options);
  const tallies = { bad: createTally(), skipped: createTally() };
  const events: UntimedEvent[] = [];
  for await (const event of preset.read(options.paths, tallies)) {
    if (events.length === MAX_EVENTS) throw new CapacityError('replay_events', `A replay holds at most ${MAX_EVENTS} events; split the file.`);
    events.push(event);
    if (events.length % PROGRESS_EVERY === 0) options.onProgress?.(events.length);
  }
  if (events.length === 0) throw new UsageError('file_no_events', noEvents(options.paths, tallies));
  return { ...order(events), ...tallies, noRepeats: preset.noRepeats };
}

function choose(options: SourceOptions): Pick<Preset, 'read' | 'noRepeats'> {
  if (options.paths.length === 0) throw new UsageError('file_missing', 'Name a file to read.');
  if (options.columns !== undefined && options.preset !== undefined) throw new UsageError('columns_or_preset', 'Give --columns or --preset, not both.');
  if (options.preset !== undefined) return findPreset(options.preset);
  if (options.columns === undefined) {
    throw new UsageError('columns_or_preset', 'Say which columns to read, as in --columns user=customer,item=sku,time=when, or give a --preset.');
  }
  const mapping = parseColumns(options.columns);
  return { noRepeats: false, read: (paths, tallies) => readFiles(paths, { mapping, type: options.type ?? 'view', tallies }) };
}

async function* readFiles(paths: readonly string[], options: Parameters<typeof readRows>[1]): AsyncGenerator<UntimedEvent> {
  for (const path of paths) yield* readRows(await openTable(path), options);
}

function noEvents(paths: readonly string[], { bad, skipped }: Tallies): string {
  const why = [...bad.examples, ...skipped.examples].slice(0, 3).join('; ');
  return `${paths.join(', ')} has no usable event${why === '' ? '.' : `: ${why}.`}`;
}

function order(events: readonly UntimedEvent[]): Pick<Source, 'events' | 'shiftedMs'> {
  const timed = events.map((event, index) => (isTimed(event) ? event : { ...event, timestamp: YEAR_2000 + index * 1000 }));
  timed.sort((a, b) => a.timestamp - b.timestamp); // stable: ties keep the files' order
  const first = timed[0]?.timestamp ?? YEAR_2000;
  const shiftedMs = Math.max(0, YEAR_2000 - first);
  return { shiftedMs, events: shiftedMs === 0 ? timed : timed.map((event) => ({ ...event, timestamp: event.timestamp + shiftedMs })) };
}

function isTimed(event: UntimedEvent): event is TimedEvent {
  return event.timestamp !== undefined;
}
