/** The only link between a person and the reference that stands for him everywhere else. */
import type { Buffer } from 'node:buffer';
import type { UserRef } from '../domain/event.js';
import type { PersonKind } from '../domain/keys.js';

export interface PersonKey {
  readonly kind: PersonKind;
  /** 16 bytes: `pseudonymOf(kind, id)`. */
  readonly pseudonym: Buffer;
  /** Make a new random reference when there is none yet. */
  readonly create: boolean;
}

export interface PersonRef {
  readonly ref: UserRef;
  /** A session that answers with a shopper's reference, not its own. */
  readonly joined: boolean;
}

export interface SessionJoin {
  readonly session: Buffer;
  readonly ref: UserRef;
}

export interface UserRefs {
  /** One result for each key, in order; undefined where nothing is known and `create` was false. */
  lookup(keys: readonly PersonKey[]): Promise<readonly (PersonRef | undefined)[]>;
  /** From now on each of these sessions answers with the shopper's reference. */
  join(joins: readonly SessionJoin[]): Promise<void>;
}
