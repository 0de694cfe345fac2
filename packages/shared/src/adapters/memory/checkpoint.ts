/** The checkpoint of histories, item documents, rules and profiles in memory. Same contract as the Postgres adapter. */
import type { UserRef } from '../../domain/event.js';
import type { CheckpointWrites, OwnedCheckpointStore, StoredProfile } from '../../ports/checkpoint.js';

/** Tests write without the right, too. */
export interface MemoryCheckpoint extends OwnedCheckpointStore, CheckpointWrites {
  /** See port `Erasure`. */
  eraseProfile(ref: UserRef, seq: number): void;
}

interface Rows {
  readonly users: Map<UserRef, Buffer>;
  readonly items: Map<string, Buffer>;
  readonly rules: Map<string, Buffer>;
  /** Those without a state are tombstones. */
  readonly profiles: Map<UserRef, StoredProfile | Tombstone>;
  complete: number;
}

interface Tombstone {
  readonly seq: number;
  readonly state?: never;
}

export function memoryCheckpoint(): MemoryCheckpoint {
  const rows: Rows = { users: new Map(), items: new Map(), rules: new Map(), profiles: new Map(), complete: 0 };
  const writes = writesTo(rows);
  let owned = false;

  return {
    ...writes,
    seq: () => Promise.resolve(rows.complete),
    loadRefs(take) {
      for (const ref of rows.users.keys()) take(ref);
      return Promise.resolve();
    },
    findUsers: (refs) => Promise.resolve(new Map(refs.flatMap((ref) => entryOf(rows.users, ref)))),
    loadItems(take) {
      for (const bytes of rows.items.values()) take(bytes);
      return Promise.resolve();
    },
    loadRules(take) {
      for (const bytes of rows.rules.values()) take(bytes);
      return Promise.resolve();
    },
    loadProfiles(take) {
      for (const { state } of rows.profiles.values()) if (state !== undefined) take(state);
      return Promise.resolve();
    },
    eraseProfile(ref, seq) {
      if ((rows.profiles.get(ref)?.seq ?? -1) < seq) rows.profiles.set(ref, { seq });
    },
    tryOwn() {
      if (owned) return Promise.resolve(undefined);
      owned = true;
      const release = (): Promise<void> => {
        owned = false;
        return Promise.resolve();
      };
      return Promise.resolve({ ...writes, lost: new AbortController().signal, release });
    },
  };
}

function writesTo(rows: Rows): CheckpointWrites {
  const { users, items, rules, profiles } = rows;
  return {
    saveProfiles(given) {
      for (const [ref, profile] of given) saveProfile(profiles, ref, profile);
      return Promise.resolve();
    },
    saveRules(given) {
      for (const [context, bytes] of given) rules.set(context, Buffer.from(bytes));
      return Promise.resolve();
    },
    saveUsers(given) {
      for (const [ref, bytes] of given) users.set(ref, Buffer.from(bytes));
      return Promise.resolve();
    },
    saveItems(given) {
      for (const [id, bytes] of given) items.set(id, Buffer.from(bytes));
      return Promise.resolve();
    },
    finish(seq) {
      rows.complete = Math.max(rows.complete, seq);
      for (const [ref, profile] of profiles) if (profile.state === undefined && profile.seq <= seq) profiles.delete(ref);
      return Promise.resolve();
    },
  };
}

function saveProfile(profiles: Rows['profiles'], ref: UserRef, profile: StoredProfile | undefined): void {
  const stored = profiles.get(ref);
  if (profile === undefined) {
    if (stored?.state !== undefined) profiles.delete(ref);
  } else if (stored === undefined || stored.seq <= profile.seq) {
    profiles.set(ref, { seq: profile.seq, state: Buffer.from(profile.state) });
  }
}

function entryOf<K, V>(map: ReadonlyMap<K, V>, key: K): [K, V][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
