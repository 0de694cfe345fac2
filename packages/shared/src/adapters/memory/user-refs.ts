/** `user_ref_map` in memory: for unit tests and dry runs. */
import { randomBytes } from 'node:crypto';
import type { UserRef } from '../../domain/event.js';
import type { PersonRef, UserRefs } from '../../ports/user-refs.js';

export function memoryUserRefs(makeRef: () => string = () => randomBytes(8).toString('hex')): UserRefs {
  const byPseudonym = new Map<string, PersonRef>();
  return {
    lookup: (keys) =>
      Promise.resolve(
        keys.map((key) => {
          const pseudonym = key.pseudonym.toString('hex');
          const known = byPseudonym.get(pseudonym);
          if (known !== undefined || !key.create) return known;
          const made: PersonRef = { ref: makeRef() as UserRef, joined: false };
          byPseudonym.set(pseudonym, made);
          return made;
        }),
      ),
    join(joins) {
      for (const { session, ref } of joins) byPseudonym.set(session.toString('hex'), { ref, joined: true });
      return Promise.resolve();
    },
  };
}
