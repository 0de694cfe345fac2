/**
 * What a replay tells the learner of its items: a catalogue file at once, or the titles that a set of events has itself.
 *
 * 1. A title comes at the beginning of the round in which its item is sold for the first time, as a shop describes an item before it
 *    sells it; no other event has come of it by then.
 */
import type { CatalogueChange, LogEntry } from '@freshet/shared/domain/entry';
import type { LearnerEvent } from './learner-port.js';

export interface Descriptions {
  /** To be learned before the round; undefined when it has nothing new. */
  before(round: readonly LearnerEvent[]): LogEntry | undefined;
  /** What has been said until now: for a model that is learned anew. */
  soFar(): readonly CatalogueChange[];
}

export function createDescriptions(titles: ReadonlyMap<string, string>): Descriptions {
  const described = new Set<string>();
  const said: CatalogueChange[] = [];
  return {
    before(round) {
      const changes: CatalogueChange[] = [];
      for (const { item } of round.map(({ event }) => event)) {
        const title = item === undefined || described.has(item) ? undefined : titles.get(item);
        if (item === undefined || title === undefined) continue;
        described.add(item);
        changes.push({ op: 'put', id: item, fields: { title } });
      }
      said.push(...changes);
      const first = round[0];
      return changes.length === 0 || first === undefined ? undefined : catalogueEntry(changes, { seq: first.seq, receivedAt: first.event.ts });
    },
    soFar: () => said,
  };
}

export function catalogueEntry(changes: readonly CatalogueChange[], at: { readonly seq: number; readonly receivedAt: number }): LogEntry {
  return { kind: 'catalogue', changes, ...at, source: 'replay', historical: true };
}
