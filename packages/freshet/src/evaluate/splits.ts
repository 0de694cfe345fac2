/**
 * The files of an evaluation as events: what teaches, what is only remembered, what is tested.
 *
 * 1. Who is one person or session is the protocol's: with `sessions` each session of each file stands alone; with
 *    `leave-one-out` a user is the same in all files.
 * 2. Each part is in time order; ties and files without times keep the order of the file. With `leave-one-out` a later part's event never comes
 *    before what its user did in an earlier part, whatever the clocks say.
 * 3. A part without an event of an item is a `UsageError` with the reason.
 * 4. Times before 2000 are all moved by one constant (as in a replay), files without times follow one another.
 */
import type { LogEvent } from '@freshet/shared/domain/event';
import { UsageError } from '@freshet/shared/errors';
import type { TimedEvent } from '../files/raw-event.js';
import { cleanAll, type Cleaned, createReferences } from '../replay/clean-step.js';
import { readSource, type Source } from '../replay/source.js';
import type { Tally } from '../replay/tally.js';
import type { Protocol, ResolvedEvaluateOptions } from './options.js';

export interface Splits {
  readonly train: readonly LogEvent[];
  /** Given to the histories before the test, not learned. */
  readonly dev: readonly LogEvent[];
  readonly test: readonly LogEvent[];
  /** What was left out, for people. */
  readonly tallies: readonly { readonly tally: Tally; readonly verb: string }[];
}

const ROLES = ['train', 'dev', 'test'] as const;
type Role = (typeof ROLES)[number];

export async function readSplits(options: ResolvedEvaluateOptions, onProgress: (events: number) => void): Promise<Splits> {
  const { columns, reading, type, protocol, files } = options;
  const sources: { readonly role: Role; readonly source: Source }[] = [];
  let before = 0;
  for (const role of ROLES) {
    const path = files[role];
    if (path === undefined) continue;
    const counted = (events: number): void => onProgress(before + events);
    const source = await readSource({ paths: [path], columns, preset: reading, type, onProgress: counted });
    before += source.events.length;
    sources.push({ role, source });
  }
  const references = createReferences();
  const parts: Record<Role, readonly LogEvent[]> = { train: [], dev: [], test: [] };
  const tallies: { tally: Tally; verb: string }[] = [];
  for (const { role, events, source } of onOneClock(sources)) {
    const cleaned = cleanAll(events.map((event) => withOwner(event, protocol, role)), references);
    parts[role] = cleaned.events.filter(({ item }) => item !== undefined);
    if (parts[role].length === 0) throw new UsageError('file_no_events', `${files[role] ?? role} has no usable event: ${whyNone(cleaned)}.`);
    tallies.push({ tally: source.bad, verb: 'unreadable' }, { tally: source.skipped, verb: 'left out' }, { tally: cleaned.rejected, verb: 'rejected' });
  }
  return { ...(protocol === 'sessions' ? parts : inOrder(parts)), tallies };
}

/** What was rejected, or events of things other than items (searches). */
function whyNone({ rejected: { total, reasons, examples }, events }: Cleaned): string {
  if (total === 0) return `none of its ${events.length} events is of an item`;
  return `${total} rejected (${Object.keys(reasons).join(', ')}); first: ${examples[0] ?? ''}`;
}

const YEAR_2000 = Date.UTC(2000, 0, 1);

/** Undoes each file's own shift and moves all of them by the same; a file without times begins a second after the last. */
function onOneClock(sources: readonly { readonly role: Role; readonly source: Source }[]) {
  const original = sources.map(({ source }) => (source.timed ? source.events.map((event) => ({ ...event, timestamp: event.timestamp - source.shiftedMs })) : source.events));
  const firsts = original.flatMap((events, i) => (sources[i]?.source.timed === true ? [events[0]?.timestamp ?? YEAR_2000] : []));
  const shift = Math.max(0, YEAR_2000 - Math.min(YEAR_2000, ...firsts));
  let end = YEAR_2000;
  return sources.map(({ role, source }, i) => {
    const offset = source.timed ? shift : end + 1_000 - YEAR_2000;
    const events = (original[i] ?? []).map((event) => ({ ...event, timestamp: event.timestamp + offset }));
    end = Math.max(end, events.at(-1)?.timestamp ?? end);
    return { role, source, events };
  });
}

/** A session stands alone, whatever user the file names beside it; a user's sessions are all his. */
function withOwner({ user_id, session_id, ...event }: TimedEvent, protocol: Protocol, role: Role): TimedEvent {
  if (protocol === 'sessions') return { ...event, session_id: `${role} ${session_id ?? user_id ?? ''}` };
  return { ...event, user_id: user_id ?? session_id ?? '' };
}

function inOrder(parts: Readonly<Record<Role, readonly LogEvent[]>>): Record<Role, readonly LogEvent[]> {
  const latest = new Map<string, number>();
  const after = (events: readonly LogEvent[]): readonly LogEvent[] => {
    const moved = events.map((event) => ({ ...event, ts: Math.max(event.ts, latest.get(event.user) ?? 0) }));
    for (const { user, ts } of moved) latest.set(user, Math.max(ts, latest.get(user) ?? 0));
    return moved;
  };
  return { train: after(parts.train), dev: after(parts.dev), test: after(parts.test) };
}
