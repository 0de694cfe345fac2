/**
 * Writes the histories, item documents, rules and profiles that have changed since the last time, in chunks, then declares the
 * checkpoint complete up to the entry at which it began.
 *
 * 1. Rows are encoded when their chunk is written, so they may be newer than the entry declared: folding again is harmless.
 * 2. A history that this process holds only in part is made whole before it is stored.
 * 3. What could not be written stays marked and comes with the next checkpoint.
 * 4. The caller owns the right to write (`tryOwn`), which is what is written with; one process in the whole installation does.
 * 5. A process that has folded less than the checkpoint has waits until it has caught up: its rows are older, and whoever starts anew would never hear
 *    of what they lack (nor of an erasure in between).
 */
import { setImmediate } from 'node:timers/promises';
import { encodeDocument, encodeHistory, encodeProfile, encodeRules } from '@freshet/shared/codec/state';
import type { UserRef } from '@freshet/shared/domain/event';
import type { Profiles } from '@freshet/shared/domain/profiles';
import type { RuleBook, RuleContext } from '@freshet/shared/domain/rules';
import type { CheckpointStore, CheckpointWrites } from '@freshet/shared/ports/checkpoint';
import type { People } from '@freshet/shared/people';
import type { Shelf } from '../store/shelf.js';

export interface CheckpointWriterParts {
  readonly checkpoint: Pick<CheckpointStore, 'seq'>;
  readonly people: People;
  readonly shelf: Shelf;
  readonly rules?: RuleBook;
  readonly profiles?: Profiles;
  /** The newest entry folded. */
  readonly seq: () => number;
}

export interface CheckpointWriter {
  /** Writes everything changed; resolves with the entry declared, or undefined where this process is behind the checkpoint. */
  write(to: CheckpointWrites): Promise<number | undefined>;
}

/** Rows of a chunk: a few milliseconds of encoding. */
const CHUNK = 250;

export function createCheckpointWriter(parts: CheckpointWriterParts): CheckpointWriter {
  const { checkpoint, people, shelf, rules, profiles } = parts;
  const users = new Set<UserRef>();
  const items = new Set<string>();
  const contexts = new Set<RuleContext>();
  const described = new Set<UserRef>();
  let declared = -1;

  const saveUsers = (to: CheckpointWrites) => async (refs: readonly UserRef[]): Promise<void> => {
    // The ref's own row: `histories.find` would follow an alias to the shopper.
    const rows = refs.flatMap((ref) => {
      const history = people.histories.own(ref);
      return history === undefined ? [] : [[ref, encodeHistory(history)] as const];
    });
    await to.saveUsers(rows);
  };

  const saveItems = (to: CheckpointWrites) => async (ids: readonly string[]): Promise<void> => {
    const rows = ids.flatMap((id) => {
      const document = shelf.catalogue.document(id);
      return document === undefined ? [] : [[id, encodeDocument(document)] as const];
    });
    await to.saveItems(rows);
  };

  const saveRules = (to: CheckpointWrites) => async (chunk: readonly RuleContext[]): Promise<void> => {
    const sets = chunk.flatMap((context) => rules?.find(context) ?? []);
    await to.saveRules(sets.map((set) => [set.context, encodeRules(set)]));
  };

  const saveProfiles = (to: CheckpointWrites) => async (refs: readonly UserRef[]): Promise<void> => {
    const rows = refs.map((ref) => {
      const profile = profiles?.find(ref);
      return [ref, profile === undefined ? undefined : { seq: profile.seq, state: encodeProfile(profile) }] as const;
    });
    await to.saveProfiles(rows);
  };

  return {
    async write(to) {
      // Nobody else moves it while we have the right.
      const complete = await checkpoint.seq();
      const seq = parts.seq();
      if (seq < complete) return undefined;
      for (const ref of people.histories.takeDirty()) users.add(ref);
      for (const id of shelf.catalogue.takeDirty()) items.add(id);
      for (const context of rules?.takeDirty() ?? []) contexts.add(context);
      for (const ref of profiles?.takeDirty() ?? []) described.add(ref);
      // All of them before any is stored: completing one may move events from a session to its shopper.
      await inChunks(new Set(users), people.complete);
      await inChunks(users, saveUsers(to));
      await inChunks(items, saveItems(to));
      await inChunks(contexts, saveRules(to));
      await inChunks(described, saveProfiles(to));
      if (seq !== declared) await to.finish(seq);
      declared = seq;
      return seq;
    },
  };
}

/** Empties the set chunk by chunk; a chunk that fails stays in it. */
async function inChunks<T>(marked: Set<T>, save: (chunk: readonly T[]) => Promise<void>): Promise<void> {
  while (marked.size > 0) {
    const chunk: T[] = [];
    for (const one of marked) {
      chunk.push(one);
      if (chunk.length === CHUNK) break;
    }
    await save(chunk);
    for (const one of chunk) marked.delete(one);
    await setImmediate();
  }
}
