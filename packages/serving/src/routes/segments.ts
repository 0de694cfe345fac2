/** The segments that rules are followed for: those a request names, also when it names none of them (`[]`), else those stored of its shopper. */
import type { UserRef } from '@freshet/shared/domain/event';
import type { Engine } from '../engine.js';

const NONE: readonly string[] = [];

/** `person`: his history is here, so a session that has joined a shopper is known as his. */
export function segmentsOf({ profiles, people }: Pick<Engine, 'profiles' | 'people'>, named: readonly string[] | undefined, person: UserRef | undefined): readonly string[] {
  if (named !== undefined) return named;
  if (person === undefined || profiles.size === 0) return NONE;
  return profiles.find(people.histories.aliasOf(person) ?? person)?.segments ?? NONE;
}
