/**
 * The histories that a process works with: those of shoppers seen lately. The others lie in the checkpoint and are loaded
 * by key before anybody ranks, learns or stores them. Trainer and serving hold theirs in the same way.
 *
 * 1. A history handed out is whole: what the checkpoint has is joined with what the log has added.
 * 2. A session that joins a shopper brings its stored part with it, also when only the log has named it.
 * 3. Only what the checkpoint surely has is dropped from memory: after an hour without an event or a question, or the
 *    longest idle first when there are more than `activeUsers`.
 * 4. Whoever was not in the checkpoint at the start and has not been dropped since is whole without a look-up, so
 *    strangers cost nothing.
 */
import { decodeHistory } from './codec/state.js';
import type { UserRef } from './domain/event.js';
import type { Histories } from './domain/histories.js';
import type { History } from './domain/history.js';
import { createRefSet } from './domain/ref-set.js';
import type { CheckpointStore } from './ports/checkpoint.js';

export interface People {
  readonly histories: Histories;
  /** Learns whom the checkpoint has. Once, before the log's tail is folded. */
  load(): Promise<void>;
  /** True when `find` may be called without `complete` before it. */
  isWhole(ref: UserRef): boolean;
  /** Loads the missing parts of these histories. */
  complete(refs: readonly UserRef[]): Promise<void>;
  find(ref: UserRef): History | undefined;
  /** The log has joined a session to a shopper. */
  joined(shopper: UserRef, session: UserRef): void;
  /** Drops what is idle and stored. To be called every `SWEEP_MS`, not while anybody holds a history. */
  sweep(): Promise<void>;
}

export interface PeopleParts {
  readonly histories: Histories;
  readonly checkpoint: Pick<CheckpointStore, 'seq' | 'loadRefs' | 'findUsers'>;
  readonly activeUsers: number;
  /** The newest entry folded. */
  readonly seq: () => number;
}

export const SWEEP_MS = 60_000;
/** Sweeps without an event or a question after which a history is idle. */
const IDLE_SWEEPS = 60;

export function createPeople({ histories, checkpoint, activeUsers, seq }: PeopleParts): People {
  /** Everybody of whom the checkpoint may know more than this process. */
  const stored = createRefSet();
  /** Those of them whose stored part is here. */
  const loaded = createRefSet();
  /** Sessions whose stored part has not come to their shopper yet; as many as join before somebody asks for him. */
  const joins = new Map<UserRef, UserRef[]>();
  /** Where the log was at the last sweeps, oldest first. */
  const sweeps: number[] = [];

  const hasAll = (ref: UserRef): boolean => (loaded.has(ref) || !stored.has(ref)) && !joins.has(ref);
  const isWhole = (ref: UserRef): boolean => {
    const shopper = histories.aliasOf(ref);
    return hasAll(ref) && (shopper === undefined || hasAll(shopper));
  };

  const complete = async (refs: readonly UserRef[]): Promise<void> => {
    const missing = refs.filter((ref) => !isWhole(ref));
    if (missing.length === 0) return;
    const asked = [...missing, ...missing.flatMap((ref) => joins.get(ref) ?? [])];
    const found = await checkpoint.findUsers(asked);
    const shoppers: UserRef[] = [];
    for (const ref of asked) {
      const bytes = found.get(ref);
      if (bytes !== undefined) histories.load(ref, decodeHistory(bytes));
      histories.touch(ref, seq());
      const shopper = histories.aliasOf(ref);
      if (shopper !== undefined) shoppers.push(shopper);
      loaded.add(ref);
    }
    for (const ref of missing) joins.delete(ref);
    // A session that has joined a shopper answers with the shopper's history; that one may be missing too.
    await complete(shoppers);
  };

  const drop = (ref: UserRef): void => {
    stored.add(ref);
    loaded.delete(ref);
    // The stored history has what the session brought.
    joins.delete(ref);
  };

  return {
    histories,
    load: () => checkpoint.loadRefs((ref) => stored.add(ref)),
    isWhole,
    complete,
    find: (ref) => histories.find(ref),
    joined(shopper, session) {
      if (!hasAll(session)) joins.set(shopper, [...(joins.get(shopper) ?? []), session]);
    },
    async sweep() {
      const safe = await checkpoint.seq();
      sweeps.push(seq());
      const idleSince = sweeps.length > IDLE_SWEEPS ? (sweeps.shift() ?? 0) : 0;
      histories.forget((touched) => touched <= safe && (touched <= idleSince || histories.size > activeUsers)).forEach(drop);
    },
  };
}
