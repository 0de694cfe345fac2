/**
 * Whoever the next round's events name is in memory, whole, before the round begins; whoever is idle goes between rounds.
 * A history loaded by key may know more than the model has learned yet: an event is predicted from what came before it
 * (domain/history), so that matters only to a shopper who has done over twenty things since.
 */
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { UserRef } from '@freshet/shared/domain/event';
import type { Histories } from '@freshet/shared/domain/histories';
import { createPeople, SWEEP_MS } from '@freshet/shared/people';
import type { CheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { Clock } from '@freshet/shared/ports/clock';

export interface Presence {
  /** To be awaited before these entries, the next ones of the log, are folded. */
  ready(entries: readonly LogEntry[]): Promise<void>;
}

export interface PresenceParts {
  readonly histories: Histories;
  readonly checkpoint: CheckpointStore;
  readonly activeUsers: number;
  readonly clock: Clock;
  /** The newest entry folded. */
  readonly from: number;
}

export async function createPresence({ histories, checkpoint, activeUsers, clock, from }: PresenceParts): Promise<Presence> {
  let folded = from;
  let sweptAt = clock.now();
  const people = createPeople({ histories, checkpoint, activeUsers, seq: () => folded });
  await people.load();
  return {
    async ready(entries) {
      if (clock.now() - sweptAt >= SWEEP_MS) {
        sweptAt = clock.now();
        await people.sweep();
      }
      await people.complete(peopleIn(entries));
      folded = Math.max(folded, entries.at(-1)?.seq ?? 0);
    },
  };
}

function peopleIn(entries: readonly LogEntry[]): readonly UserRef[] {
  const refs = new Set<UserRef>();
  for (const entry of entries) {
    if (entry.kind !== 'events') continue;
    for (const { user, session } of entry.events) {
      refs.add(user);
      if (session !== undefined) refs.add(session);
    }
  }
  return [...refs];
}
