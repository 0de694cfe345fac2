/**
 * What the shop says of its shoppers: the segments each is in. Folded from entries of kind `user`.
 *
 * 1. A change replaces all that was said of its shopper; of what is held, the later one (seq, index) wins.
 * 2. Of a shopper without segments nothing is held: an erased profile leaves no trace here. So entries are folded in their order; from whatever
 *    place on they are folded again, the end is the same.
 * 3. Lists of segments that are alike are held once.
 * Limit: `MOST_PROFILES`, watched by who writes the entries; what the log has is folded beyond it, too, so that all processes agree.
 */
import type { UserRef } from './event.js';

export const MOST_PROFILES = 1_000_000;

export interface ProfileChange {
  readonly user: UserRef;
  /** None: nothing is said of the shopper any more. */
  readonly segments: readonly string[];
}

export interface Profile extends ProfileChange {
  readonly seq: number;
  readonly index: number;
}

export interface Profiles {
  find(user: UserRef): Profile | undefined;
  apply(change: ProfileChange, at: { readonly seq: number; readonly index: number }): void;
  load(profile: Profile): void;
  /** Those that have changed, also those that are gone. */
  takeDirty(): ReadonlySet<UserRef>;
  readonly size: number;
}

/** A shop has few segments and fewer kinds of shoppers; with more, sharing begins anew. */
const SHARED_LISTS = 10_000;

export function createProfiles(): Profiles {
  const byUser = new Map<UserRef, Profile>();
  const shared = new Map<string, readonly string[]>();
  let dirty = new Set<UserRef>();

  const share = (segments: readonly string[]): readonly string[] => {
    const key = JSON.stringify(segments);
    const known = shared.get(key);
    if (known !== undefined) return known;
    if (shared.size === SHARED_LISTS) shared.clear();
    shared.set(key, segments);
    return segments;
  };

  const put = ({ user, segments, seq, index }: Profile): boolean => {
    const known = byUser.get(user);
    if (known !== undefined && (known.seq - seq || known.index - index) >= 0) return false;
    if (segments.length === 0) byUser.delete(user);
    else byUser.set(user, { user, segments: share(segments), seq, index });
    return true;
  };

  return {
    find: (user) => byUser.get(user),
    apply(change, at) {
      if (put({ ...change, ...at })) dirty.add(change.user);
    },
    load: (profile) => void put(profile),
    takeDirty() {
      const taken = dirty;
      dirty = new Set();
      return taken;
    },
    get size() {
      return byUser.size;
    },
  };
}
