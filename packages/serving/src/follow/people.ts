/**
 * Histories in this process: all of them while there are at most `activeUsers`, otherwise those that the log's tail or a
 * request has named, loaded by key before anybody ranks with them or stores them.
 *
 * 1. A history handed out is whole: what the checkpoint has is joined with what the tail has added.
 * 2. Beyond `activeUsers` it is known whom the process has whole (`whole`), at most `activeUsers` of them; when there
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
}

export interface PeopleParts {
  readonly histories: Histories;
  readonly checkpoint: CheckpointStore;
  readonly activeUsers: number;
}

export function createPeople({ histories, checkpoint, activeUsers }: PeopleParts): People {
  const whole = new Set<UserRef>();
  let everybody = false;

  const isWhole = (ref: UserRef): boolean => everybody || whole.has(ref);

  const complete = async (refs: readonly UserRef[]): Promise<void> => {
    const missing = refs.filter((ref) => !isWhole(ref));
    if (missing.length === 0) return;
    const stored = await checkpoint.findUsers(missing);
    if (whole.size + missing.length > activeUsers) whole.clear();
    const shoppers: UserRef[] = [];
    for (const ref of missing) {
      const bytes = stored.get(ref);
      const shopper = bytes === undefined ? undefined : put(histories, ref, decodeHistory(bytes));
      if (shopper !== undefined) shoppers.push(shopper);
      whole.add(ref);
    }
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
  };
}

/** Puts a stored history in place; the shopper it has joined, if any. */
function put(histories: Histories, ref: UserRef, stored: History): UserRef | undefined {
  histories.load(ref, stored);
  // The tail may have started a history of the session's own, which `load` keeps: join it as the log did.
  if (stored.joined !== undefined) histories.apply({ id: '', type: 'search', user: stored.joined, session: ref, ts: 0 }, { seq: 0, index: 0 });
  return stored.joined;
}
