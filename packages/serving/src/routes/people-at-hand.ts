/**
 * Who an answer is for: the references of the names in a request, the signed-in shopper first. At once when they and their whole
 * histories are in memory, so that nothing is awaited; else fetched.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import type { PersonKind } from '@freshet/shared/domain/keys';
import type { Engine } from '../engine.js';

export interface PersonNames {
  readonly user_id?: string;
  readonly session_id?: string;
}

export const NOBODY: readonly UserRef[] = [];

/** The references when all of them and their histories are in memory. */
export function peopleAtHand(engine: Engine, wish: PersonNames): readonly UserRef[] | undefined {
  if (wish.user_id === undefined && wish.session_id === undefined) return NOBODY;
  const refs: UserRef[] = [];
  for (const [kind, id] of personKeys(wish)) {
    const ref = engine.refs.cached(kind, id);
    if (ref === undefined || !engine.people.isWhole(ref)) return undefined;
    refs.push(ref);
  }
  return refs;
}

/** The same, fetched; their histories need not be whole. */
export async function findPeople(engine: Engine, wish: PersonNames): Promise<readonly UserRef[]> {
  const asked = personKeys(wish).map(([kind, id]) => Promise.resolve(engine.refs.cached(kind, id) ?? engine.refs.find(kind, id)));
  return (await Promise.all(asked)).filter((ref) => ref !== undefined);
}

/** The same, fetched; their histories are whole afterwards. */
export async function fetchPeople(engine: Engine, wish: PersonNames): Promise<readonly UserRef[]> {
  const people = await findPeople(engine, wish);
  await engine.people.complete(people);
  return people;
}

function personKeys(wish: PersonNames): (readonly [PersonKind, string])[] {
  const keys: (readonly [PersonKind, string])[] = [];
  if (wish.user_id !== undefined) keys.push(['user', wish.user_id]);
  if (wish.session_id !== undefined) keys.push(['session', wish.session_id]);
  return keys;
}
