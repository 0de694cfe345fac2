/**
 * A person's own id → his reference, remembered.
 *
 * 1. At most `limit` references are remembered; the one used longest ago goes first.
 * 2. That a shopper is a stranger is remembered too, until the log brings anybody new (`newcomer`) and at most for
 *    `STRANGER_MS`: whoever waited for an entry of the log finds the shopper it made known. A session can become a known
 *    shopper's without anybody new, so sessions are looked up each time.
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
  /** The log has named somebody whom this process doesn't know: he may be one of the strangers. */
  newcomer(): void;
}

const BATCH = 500;
const STRANGERS = 10_000;
export const STRANGER_MS = 5_000;

interface Asked {
  readonly kind: PersonKind;
  readonly key: string;
  readonly pseudonym: Buffer;
  readonly resolve: (ref: UserRef | undefined) => void;
  readonly reject: (error: Error) => void;
}

export interface PersonRefsOptions {
  readonly limit: number;
  readonly now: () => number;
}

export function createPersonRefs(store: Pick<UserRefs, 'lookup'>, { limit, now }: PersonRefsOptions): PersonRefs {
  const known = new Map<string, UserRef>();
  const strangers = createStrangers(now);
  let waiting: Asked[] = [];
  let busy = false;

  const keyOf = (kind: PersonKind, id: string): string => (kind === 'user' ? `u:${id}` : `s:${id}`);

  const keep = (key: string, ref: UserRef): void => {
    known.delete(key);
    known.set(key, ref);
    if (known.size > limit) for (const oldest of known.keys()) return void known.delete(oldest);
  };

  const lookUp = async (batch: readonly Asked[]): Promise<void> => {
    const keepStranger = strangers.asked();
    try {
      const found = await store.lookup(batch.map(({ pseudonym }) => ({ kind: 'user', pseudonym, create: false })));
      batch.forEach((asked, i) => {
        const person = found[i];
        // A session's reference changes when it joins a shopper; the old one answers as well (an alias), so it may stay.
        if (person !== undefined) keep(asked.key, person.ref);
        else if (asked.kind === 'user') keepStranger(asked.key);
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
    find(kind, id) {
      const key = keyOf(kind, id);
      if (strangers.has(key)) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        waiting.push({ kind, key, pseudonym: pseudonymOf(kind, id), resolve, reject });
        if (!busy) void drain();
      });
    },
    newcomer: strangers.clear,
  };
}

interface Strangers {
  has(key: string): boolean;
  /** To be called before a look-up; the result keeps a key that it didn't find, unless somebody new came meanwhile. */
  asked(): (key: string) => void;
  clear(): void;
}

function createStrangers(now: () => number): Strangers {
  const until = new Map<string, number>();
  let generation = 0;
  return {
    has: (key) => (until.get(key) ?? 0) > now(),
    asked() {
      const before = generation;
      return (key) => {
        if (generation !== before) return;
        until.delete(key);
        until.set(key, now() + STRANGER_MS);
        if (until.size > STRANGERS) for (const oldest of until.keys()) return void until.delete(oldest);
      };
    },
    clear() {
      generation++;
      until.clear();
    },
  };
}
