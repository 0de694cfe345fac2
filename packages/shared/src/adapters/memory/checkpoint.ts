/** The checkpoint of histories and item documents in memory. Same contract as the Postgres adapter. */
import type { UserRef } from '../../domain/event.js';
import type { OwnedCheckpointStore } from '../../ports/checkpoint.js';

export function memoryCheckpoint(): OwnedCheckpointStore {
  const users = new Map<UserRef, Buffer>();
  const items = new Map<string, Buffer>();
  const rules = new Map<string, Buffer>();
  const profiles = new Map<UserRef, Buffer>();
  let complete = 0;
  let owned = false;

  return {
    seq: () => Promise.resolve(complete),
    loadRefs(take) {
      for (const ref of users.keys()) take(ref);
      return Promise.resolve();
    },
    findUsers: (refs) => Promise.resolve(new Map(refs.flatMap((ref) => entryOf(users, ref)))),
    loadItems(take) {
      for (const bytes of items.values()) take(bytes);
      return Promise.resolve();
    },
    loadRules(take) {
      for (const bytes of rules.values()) take(bytes);
      return Promise.resolve();
    },
    loadProfiles(take) {
      for (const bytes of profiles.values()) take(bytes);
      return Promise.resolve();
    },
    saveProfiles(rows) {
      for (const [ref, bytes] of rows) {
        if (bytes === undefined) profiles.delete(ref);
        else profiles.set(ref, Buffer.from(bytes));
      }
      return Promise.resolve();
    },
    saveRules(rows) {
      for (const [context, bytes] of rows) rules.set(context, Buffer.from(bytes));
      return Promise.resolve();
    },
    saveUsers(rows) {
      for (const [ref, bytes] of rows) users.set(ref, Buffer.from(bytes));
      return Promise.resolve();
    },
    saveItems(rows) {
      for (const [id, bytes] of rows) items.set(id, Buffer.from(bytes));
      return Promise.resolve();
    },
    finish(seq) {
      complete = Math.max(complete, seq);
      return Promise.resolve();
    },
    tryOwn() {
      if (owned) return Promise.resolve(undefined);
      owned = true;
      const release = (): Promise<void> => {
        owned = false;
        return Promise.resolve();
      };
      return Promise.resolve({ lost: new AbortController().signal, release });
    },
  };
}

function entryOf<K, V>(map: ReadonlyMap<K, V>, key: K): [K, V][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
