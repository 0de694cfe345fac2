/**
 * Writes the histories, item documents, rules and profiles that have changed since the last time, in chunks, then declares the
 * checkpoint complete up to the entry at which it began.
 *
 * 1. Rows are encoded when their chunk is written, so they may be newer than the entry declared: folding again is harmless.
 * 2. A history that this process holds only in part is made whole before it is stored.
 * 3. What could not be written stays marked and comes with the next checkpoint.
 * 4. The caller owns the right to write (`tryOwn`); one process in the whole installation does.
 */
import { setImmediate } from 'node:timers/promises';
import { encodeDocument, encodeHistory, encodeProfile, encodeRules } from '@freshet/shared/codec/state';
import type { UserRef } from '@freshet/shared/domain/event';
import type { Profiles } from '@freshet/shared/domain/profiles';
import type { RuleBook, RuleContext } from '@freshet/shared/domain/rules';
import type { CheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { People } from '@freshet/shared/people';
import type { Shelf } from '../store/shelf.js';

export interface CheckpointWriterParts {
  readonly checkpoint: CheckpointStore;
  readonly people: People;
  readonly shelf: Shelf;
  readonly rules?: RuleBook;
  readonly profiles?: Profiles;
  /** The newest entry folded. */
  readonly seq: () => number;
}

export interface CheckpointWriter {
  /** Writes everything changed; resolves with the entry declared. */
  write(): Promise<number>;
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

  const saveUsers = async (refs: readonly UserRef[]): Promise<void> => {
    // The ref's own row: `histories.find` would follow an alias to the shopper.
    const rows = refs.flatMap((ref) => {
      const history = people.histories.own(ref);
      return history === undefined ? [] : [[ref, encodeHistory(history)] as const];
    });
    await checkpoint.saveUsers(rows);
  };

  const saveItems = async (ids: readonly string[]): Promise<void> => {
    const rows = ids.flatMap((id) => {
      const document = shelf.catalogue.document(id);
      return document === undefined ? [] : [[id, encodeDocument(document)] as const];
    });
    await checkpoint.saveItems(rows);
  };

  const saveRules = async (chunk: readonly RuleContext[]): Promise<void> => {
    const sets = chunk.flatMap((context) => rules?.find(context) ?? []);
    await checkpoint.saveRules(sets.map((set) => [set.context, encodeRules(set)]));
  };

  const saveProfiles = async (refs: readonly UserRef[]): Promise<void> => {
    const rows = refs.map((ref) => {
      const profile = profiles?.find(ref);
      return [ref, profile === undefined ? undefined : encodeProfile(profile)] as const;
    });
    await checkpoint.saveProfiles(rows);
  };

  return {
    async write() {
      const seq = parts.seq();
      for (const ref of people.histories.takeDirty()) users.add(ref);
      for (const id of shelf.catalogue.takeDirty()) items.add(id);
      for (const context of rules?.takeDirty() ?? []) contexts.add(context);
      for (const ref of profiles?.takeDirty() ?? []) described.add(ref);
      // All of them before any is stored: completing one may move events from a session to its shopper.
      await inChunks(new Set(users), people.complete);
      await inChunks(users, saveUsers);
      await inChunks(items, saveItems);
      await inChunks(contexts, saveRules);
      await inChunks(described, saveProfiles);
      if (seq !== declared) await checkpoint.finish(seq);
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
