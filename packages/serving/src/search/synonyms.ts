/**
 * Words that mean the same to a shop: groups of single words, each found by all the others. Pure.
 *
 * 1. Any form of a member leads to the group: `mugs` finds what `mug` is a synonym of.
 */
import { UsageError } from '@freshet/shared/errors';
import type { Forms } from './stems.js';
import { queryWords, type Word } from './words.js';

export type SynonymGroups = readonly (readonly string[])[];

/** Groups, and words of one. */
const GROUPS = 1_000;
const MEMBERS = 20;

export interface Synonyms {
  /** Other words to look for, none for most. */
  of(forms: readonly string[]): readonly Word[];
}

/** Throws a `UsageError` for groups that can't be used. */
export function checkSynonyms(groups: SynonymGroups): SynonymGroups {
  const refuse = (why: string): never => {
    throw new UsageError('synonyms', `synonyms ${why}`);
  };
  if (groups.length > GROUPS) refuse(`have at most ${GROUPS} groups, not ${groups.length}`);
  for (const group of groups) {
    if (group.length < 2 || group.length > MEMBERS) refuse(`are groups of 2 to ${MEMBERS} words; “${group.join(',')}” has ${group.length}`);
    for (const member of group) if (!isOneWord(member)) refuse(`are single words; “${member}” is not one`);
  }
  return groups;
}

export function createSynonyms(groups: SynonymGroups, forms: Forms): Synonyms {
  const byForm = new Map<string, Word[]>();
  for (const group of checkSynonyms(groups)) {
    const words = group.flatMap(queryWords);
    for (const word of words) {
      for (const form of forms(word)) byForm.set(form, [...(byForm.get(form) ?? []), ...words.filter((other) => other !== word)]);
    }
  }
  return { of: (given) => [...new Set(given.flatMap((form) => byForm.get(form) ?? []))] };
}

/** Of a script without spaces, one pair of characters: a query is looked up pair by pair. */
function isOneWord(member: string): boolean {
  const [word, ...others] = queryWords(member);
  return word !== undefined && others.length === 0 && word.start === 0 && word.end === member.length;
}
