/**
 * Follows the log's tail: folds events into histories, changes into the catalogue, rules into their book, profiles beside the histories.
 *
 * 1. Entries are folded in `seq` order, each whole in one synchronous step; a gap is a `CorruptionError` (retention has
 *    overtaken this process: it must start anew from the checkpoint).
 * 2. A folded change acts on the next answer: nothing is cached behind it.
 */
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent } from '@freshet/shared/domain/event';
import type { ProfileChange, Profiles } from '@freshet/shared/domain/profiles';
import type { RuleBook } from '@freshet/shared/domain/rules';
import { CorruptionError, unreachable } from '@freshet/shared/errors';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { People } from '@freshet/shared/people';
import type { Shelf } from '../store/shelf.js';
import { createSlices } from './slices.js';

export interface LogFollower {
  /** The newest entry folded. */
  readonly seq: number;
  /** Folds all that is there now. */
  step(): Promise<void>;
}

export interface LogFollowerParts {
  readonly entries: Pick<EntryLog, 'read'>;
  readonly people: Pick<People, 'histories' | 'joined'>;
  readonly shelf: Shelf;
  readonly rules?: Pick<RuleBook, 'apply'>;
  readonly profiles?: Pick<Profiles, 'apply'>;
  /** Entry the checkpoint is complete to. */
  readonly from: number;
  /** Called for each entry folded, with the number of events in it. */
  readonly moved: (seq: number, events: number) => void;
  /** Called before something of somebody is folded of whom there is no history here. */
  readonly newcomer?: () => void;
}

/** Items read at once. */
const PAGE_ITEMS = 2_000;

export function createLogFollower(parts: LogFollowerParts): LogFollower {
  const { entries, people, shelf, rules, profiles } = parts;
  let seq = parts.from;
  parts.moved(seq, 0);

  const foldEvent = (event: LogEvent, at: { readonly seq: number; readonly index: number }): void => {
    if (!people.histories.has(event.user)) parts.newcomer?.();
    people.histories.apply(event, at);
    if (event.session !== undefined) people.joined(event.user, event.session);
  };

  const foldProfile = (change: ProfileChange, at: { readonly seq: number; readonly index: number }): void => {
    if (!people.histories.has(change.user)) parts.newcomer?.();
    profiles?.apply(change, at);
  };

  const foldBody = (entry: LogEntry): void => {
    const { seq: at } = entry;
    switch (entry.kind) {
      case 'events':
        return entry.events.forEach((event, index) => foldEvent(event, { seq: at, index }));
      case 'catalogue':
        return entry.changes.forEach((change, index) => shelf.apply(change, { seq: at, index }));
      case 'rule':
        return entry.changes.forEach((change, index) => rules?.apply(change, { seq: at, index }));
      case 'user':
        return entry.changes.forEach((change, index) => foldProfile(change, { seq: at, index }));
      default:
        return unreachable(entry);
    }
  };

  const fold = (entry: LogEntry): void => {
    if (entry.seq !== seq + 1) throw new CorruptionError('log_gap', `log entry ${entry.seq} follows entry ${seq}: those between are gone`);
    foldBody(entry);
    seq = entry.seq;
    parts.moved(seq, entry.kind === 'events' ? entry.events.length : 0);
  };

  return {
    get seq() {
      return seq;
    },
    async step() {
      const slices = createSlices();
      for (;;) {
        const page = await entries.read(seq, PAGE_ITEMS);
        if (page.length === 0) return;
        for (const entry of page) {
          fold(entry);
          await slices.rest();
        }
      }
    },
  };
}
