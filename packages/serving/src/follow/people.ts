/**
 * Histories in this process: all of them while there are at most `activeUsers`, otherwise those that the log's tail or a
 * request has named, loaded by key before anybody ranks with them or stores them.
 *
 * 1. A history handed out is whole: what the checkpoint has is joined with what the tail has added.
 * 2. A session that joins a shopper brings its stored part with it, also when only the tail has named it.
 * 3. Beyond `activeUsers` it is known whom the process has whole (`whole`), at most `activeUsers` of them; when there
 *    are more, all are taken for partial again and loaded anew when they come.
 */
import { decodeHistory } from '@freshet/shared/codec/state';
import type { UserRef } from '@freshet/shared/domain/event';
import type { Histories } from '@freshet/shared/domain/histories';
import type { History } from '@freshet/shared/domain/history';
import type { CheckpointStore } from '@freshet/shared/ports/checkpoint';

export interface People {
  readonly histories: Histories;
  /** Loads what the checkpoint has, at most `activeUsers` histories. */
  load(): Promise<void>;
  /** True when `find` may be called without `complete` before it. */
  isWhole(ref: UserRef): boolean;
  /** Loads the missing parts of these histories. */
  complete(refs: readonly UserRef[]): Promise<void>;
  find(ref: UserRef): History | undefined;
  /** The tail has joined a session to a shopper. */
  joined(shopper: UserRef, session: UserRef): void;
}

export interface PeopleParts {
  readonly histories: Histories;
  readonly checkpoint: CheckpointStore;
  readonly activeUsers: number;
}

export function createPeople({ histories, checkpoint, activeUsers }: PeopleParts): People {
  const whole = new Set<UserRef>();
  let everybody = false;

  /** Sessions whose stored part has not come to their shopper yet; as many as join before somebody asks for him. */
  const joins = new Map<UserRef, UserRef[]>();

  const hasAll = (ref: UserRef): boolean => whole.has(ref) && !joins.has(ref);
  const isWhole = (ref: UserRef): boolean => {
    if (everybody) return true;
    const shopper = histories.own(ref)?.joined;
    return hasAll(ref) && (shopper === undefined || hasAll(shopper));
  };

  const complete = async (refs: readonly UserRef[]): Promise<void> => {
    const missing = refs.filter((ref) => !isWhole(ref));
    if (missing.length === 0) return;
    const sessions = missing.flatMap((ref) => joins.get(ref) ?? []);
    const asked = [...missing, ...sessions];
    const stored = await checkpoint.findUsers(asked);
    if (whole.size + asked.length > activeUsers) whole.clear();
    const shoppers: UserRef[] = [];
    for (const ref of asked) {
      const bytes = stored.get(ref);
      if (bytes !== undefined) histories.load(ref, decodeHistory(bytes));
      const shopper = histories.own(ref)?.joined;
      if (shopper !== undefined) shoppers.push(shopper);
      whole.add(ref);
    }
    for (const ref of missing) joins.delete(ref);
    // A session that has joined a shopper answers with the shopper's history; that one may be missing too.
    await complete(shoppers);
  };

  return {
    histories,
    async load() {
      everybody = await checkpoint.loadUsers(activeUsers, (ref, bytes) => {
        histories.load(ref, decodeHistory(bytes));
        whole.add(ref);
      });
      if (everybody) whole.clear();
    },
    isWhole,
    complete,
    find: (ref) => histories.find(ref),
    joined(shopper, session) {
      if (!everybody) joins.set(shopper, [...(joins.get(shopper) ?? []), session]);
    },
  };
}
