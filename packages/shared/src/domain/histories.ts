/**
 * All the histories a process holds, folded from log entries.
 *
 * 1. Applying entries in `seq` order, or again from an older `seq`, gives the same state (see history.ts).
 * 2. A session that has joined a shopper stays an alias: its later events go to the shopper.
 * 3. `dirty` names everyone changed since the last checkpoint; `takeDirty` empties it.
 * 4. Each history is touched by every event that changes it, with the event's `seq`; the longest untouched come first.
 */
import { type CustomTypes, type EventMeaning, type LogEvent, meaningOf, type UserRef } from './event.js';
import { emptyHistory, type History, join, type Moment, remember } from './history.js';

export interface Histories {
  /** The history that answers for `ref` (a joined session's shopper), or undefined for a stranger. */
  find(ref: UserRef): History | undefined;
  /** What is stored under `ref` itself: for a joined session its alias. */
  own(ref: UserRef): History | undefined;
  /** `find`, made empty for a stranger. */
  ensure(ref: UserRef): History;
  /** From now on the session is an alias of the shopper, who knows what it knew. Again: nothing. */
  joinSession(session: UserRef, shopper: UserRef): void;
  /** Folds one event in: a join first, then the event. */
  apply(event: LogEvent, at: Omit<Moment, 'ts'>, meaning?: EventMeaning): void;
  /** Puts a loaded history in place (checkpoint); one already there absorbs it. */
  load(ref: UserRef, history: History): void;
  /** Somebody has asked for it while the log was at `seq`; nothing for one that isn't here. */
  touch(ref: UserRef, seq: number): void;
  /** Drops the histories touched longest ago, as long as `may` says so of where they were touched; returns whose they were. */
  forget(may: (touched: number) => boolean): readonly UserRef[];
  entries(): IterableIterator<[UserRef, History]>;
  takeDirty(): ReadonlySet<UserRef>;
  readonly size: number;
}

export function createHistories(custom: CustomTypes = {}): Histories {
  const byRef = new Map<UserRef, History>();
  let dirty = new Set<UserRef>();
  const touches = createTouches();

  const resolve = (ref: UserRef): UserRef => byRef.get(ref)?.joined ?? ref;

  const ensureOwn = (ref: UserRef): History => {
    let history = byRef.get(ref);
    if (history === undefined) byRef.set(ref, (history = emptyHistory()));
    return history;
  };

  const ensure = (ref: UserRef): History => ensureOwn(resolve(ref));

  const joinSession = (session: UserRef, shopper: UserRef): void => {
    const from = ensureOwn(session);
    const target = resolve(shopper);
    if (session === target || from.joined !== undefined) return;
    join(ensure(target), from);
    from.joined = target;
    from.events.length = 0;
    from.seen.clear();
    from.refusals = 0;
    dirty.add(session);
    dirty.add(target);
  };

  return {
    find: (ref) => byRef.get(resolve(ref)),
    own: (ref) => byRef.get(ref),
    ensure,
    joinSession,
    apply(event, at, meaning = meaningOf(event, custom)) {
      if (event.session !== undefined) {
        joinSession(event.session, event.user);
        touches.put(event.session, at.seq);
        touches.put(resolve(event.user), at.seq);
      }
      if (event.item === undefined || meaning.effect === 'none') return;
      remember(ensure(event.user), event, meaning, at);
      dirty.add(resolve(event.user));
      touches.put(resolve(event.user), at.seq);
    },
    load(ref, history) {
      const known = byRef.get(ref);
      if (known === undefined) {
        byRef.set(ref, history);
        return;
      }
      // Either of the two may have joined a shopper without the other knowing it: guarantee 2 holds for what is loaded late.
      join(known.joined === undefined ? known : ensure(known.joined), history);
      if (history.joined !== undefined) joinSession(ref, history.joined);
    },
    touch(ref, seq) {
      if (byRef.has(ref)) touches.put(ref, seq);
    },
    forget: (may) =>
      touches.takeWhile((touched, ref) => {
        if (!may(touched)) return false;
        dirty.delete(ref);
        byRef.delete(ref);
        return true;
      }),
    entries: () => byRef.entries(),
    takeDirty() {
      const taken = dirty;
      dirty = new Set();
      return taken;
    },
    get size() {
      return byRef.size;
    },
  };
}

interface Touches {
  put(ref: UserRef, seq: number): void;
  /** Takes out, the one touched longest ago first, until `take` says no. */
  takeWhile(take: (touched: number, ref: UserRef) => boolean): readonly UserRef[];
}

/** Who was touched, and at which entry of the log. */
function createTouches(): Touches {
  const bySeq = new Map<UserRef, number>();
  return {
    put(ref, seq) {
      const known = bySeq.get(ref) ?? 0;
      bySeq.delete(ref);
      bySeq.set(ref, Math.max(known, seq));
    },
    takeWhile(take) {
      const taken: UserRef[] = [];
      for (const [ref, touched] of bySeq) {
        if (!take(touched, ref)) break;
        bySeq.delete(ref);
        taken.push(ref);
      }
      return taken;
    },
  };
}
