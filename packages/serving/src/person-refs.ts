/**
 * A person's own id → his reference, remembered.
 *
 * 1. Only what was found is remembered: a stranger is looked up again each time, so he is known as soon as he is.
 * 2. At most `limit` references; the one used longest ago goes first.
 * 3. Look-ups that come while one is under way go together in the next one, at most BATCH at once.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import { type PersonKind, pseudonymOf } from '@freshet/shared/domain/keys';
import { toError } from '@freshet/shared/errors';
import type { UserRefs } from '@freshet/shared/ports/user-refs';

export interface PersonRefs {
  /** At once when remembered. */
  cached(kind: PersonKind, id: string): UserRef | undefined;
  find(kind: PersonKind, id: string): Promise<UserRef | undefined>;
}

const BATCH = 500;

interface Asked {
  readonly key: string;
  readonly pseudonym: Buffer;
  readonly resolve: (ref: UserRef | undefined) => void;
  readonly reject: (error: Error) => void;
}

export function createPersonRefs(store: Pick<UserRefs, 'lookup'>, limit: number): PersonRefs {
  const known = new Map<string, UserRef>();
  let waiting: Asked[] = [];
  let busy = false;

  const keyOf = (kind: PersonKind, id: string): string => (kind === 'user' ? `u:${id}` : `s:${id}`);

  const keep = (key: string, ref: UserRef): void => {
    known.delete(key);
    known.set(key, ref);
    if (known.size > limit) for (const oldest of known.keys()) return void known.delete(oldest);
  };

  const lookUp = async (batch: readonly Asked[]): Promise<void> => {
    try {
      const found = await store.lookup(batch.map(({ pseudonym }) => ({ kind: 'user', pseudonym, create: false })));
      batch.forEach((asked, i) => {
        const person = found[i];
        // A session's reference changes when it joins a shopper; the old one answers as well (an alias), so it may stay.
        if (person !== undefined) keep(asked.key, person.ref);
        asked.resolve(person?.ref);
      });
    } catch (thrown) {
      for (const asked of batch) asked.reject(toError(thrown));
    }
  };

  const drain = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      await lookUp(batch);
    }
    busy = false;
  };

  return {
    cached(kind, id) {
      const key = keyOf(kind, id);
      const ref = known.get(key);
      if (ref !== undefined) keep(key, ref);
      return ref;
    },
    find: (kind, id) =>
      new Promise((resolve, reject) => {
        waiting.push({ key: keyOf(kind, id), pseudonym: pseudonymOf(kind, id), resolve, reject });
        if (!busy) void drain();
      }),
  };
}
