/**
 * Whether a shopper's answers come from the canary. Pure: every process decides alike, and nothing is stored.
 *
 * 1. Of many shoppers `share` are in; a shopper who is in stays in when the share grows, and goes first to last in one order when it
 *    falls. Which ones doesn't depend on the version, so going on to a next one changes nobody's place.
 * 2. Independent of any other drawing by the reference: the salt is the canary's own.
 */
import type { UserRef } from './event.js';
import { randomUnit } from './random.js';

const SALT = 0x63_61_6e_61;

export function isInCanary(person: UserRef, share: number): boolean {
  return randomUnit(SALT, Number.parseInt(person.slice(0, 8), 16), Number.parseInt(person.slice(8), 16)) < share;
}
