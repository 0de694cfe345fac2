/**
 * All the histories a process holds, folded from log entries. Those used last are objects (packed/open-histories); the others are
 * packed, some ten bytes an event, and opened when somebody asks (docs/decisions/040).
 *
 * 1. Applying entries in `seq` order, or again from an older `seq`, gives the same state (see history.ts), whatever is packed meanwhile.
 * 2. A session that has joined a shopper stays an alias: its later events go to the shopper.
 * 3. Everyone changed since the last checkpoint is marked; `takeDirty` takes the marks.
 * 4. Each history is touched by every event that changes it, with the event's `seq`; the longest untouched come first.
 * 5. A history that is handed out may be read until the next time that others are asked for; then it may be out of date. Only what
 *    stands here changes one.
 * 6. Of one that is forgotten no byte is left.
 * 7. What an event changed is marked before another history is packed for it: when that fails (CapacityError) nothing is lost, and the
 *    event may be applied again.
 */
import { type CustomTypes, type EventMeaning, type LogEvent, meaningOf, type UserRef } from './event.js';
import { type History, join, type Moment, remember } from './history.js';
import { createHistoryStore, type HistoryStore, type HistoryStoreParts } from './packed/history-store.js';
import { NO_SLOT } from './packed/ref-index.js';
import { createSlotMarks, type SlotMarks } from './packed/slot-marks.js';
import { createTouches } from './packed/touches.js';
import type { HistoryOutline } from './packed/unpack.js';

export interface Histories {
  /** The history that answers for `ref` (a joined session's shopper), or undefined for a stranger. */
  find(ref: UserRef): History | undefined;
  /** Whether anything is kept under `ref` itself. Opens nothing. */
  has(ref: UserRef): boolean;
  /** What is kept under `ref` itself, to be stored: for a joined session its alias. It isn't used by that: others stay open. */
  own(ref: UserRef): History | undefined;
  /** The shopper of a session that has joined him; undefined for anybody else. Opens nothing. */
  aliasOf(ref: UserRef): UserRef | undefined;
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
  /** Everybody, and what `own` has of them; who comes meanwhile may be missing. */
  entries(): IterableIterator<[UserRef, History]>;
  /** The same, with what can be said without opening a history. */
  outlines(): IterableIterator<[UserRef, HistoryOutline]>;
  takeDirty(): ReadonlySet<UserRef>;
  readonly size: number;
  /** How many of them are objects now. */
  readonly open: number;
}

export function createHistories(custom: CustomTypes = {}, parts: HistoryStoreParts = {}): Histories {
  const store = createHistoryStore(parts);
  const touches = createTouches();
  const dirty = createSlotMarks();

  const joinSession = createJoin(store, dirty);

  const touch = (ref: UserRef, seq: number): void => {
    const slot = store.slotOf(ref);
    if (slot !== NO_SLOT) touches.put(slot, seq);
  };

  const drop = (slot: number): UserRef => {
    const ref = store.refAt(slot);
    dirty.delete(slot);
    touches.remove(slot);
    store.remove(slot);
    return ref;
  };

  return {
    find: store.find,
    has: (ref) => store.slotOf(ref) !== NO_SLOT,
    own: store.own,
    aliasOf: store.aliasOf,
    ensure: (ref) => store.at(store.ensureSlot(ref)).history,
    joinSession,
    apply(event, at, meaning = meaningOf(event, custom)) {
      if (event.session !== undefined) {
        joinSession(event.session, event.user);
        touch(event.session, at.seq);
        touch(store.aliasOf(event.user) ?? event.user, at.seq);
      }
      if (event.item === undefined || meaning.effect === 'none') return;
      const slot = store.ensureSlot(event.user);
      const open = store.at(slot);
      remember(open.history, event, meaning, at);
      dirty.add(slot);
      touches.put(slot, at.seq);
      store.changed(open);
    },
    load(ref, history) {
      if (store.slotOf(ref) === NO_SLOT) {
        store.put(ref, history);
        return;
      }
      // Either of the two may have joined a shopper without the other knowing it: guarantee 2 holds for what is loaded late.
      const open = store.at(store.ensureSlot(store.aliasOf(ref) ?? ref));
      join(open.history, history);
      store.changed(open);
      if (history.joined !== undefined) joinSession(ref, history.joined);
    },
    touch,
    forget(may) {
      const gone: UserRef[] = [];
      for (let slot = touches.oldest; slot >= 0 && may(touches.at(slot)); slot = touches.oldest) gone.push(drop(slot));
      return gone;
    },
    entries: store.entries,
    outlines: store.outlines,
    takeDirty: () => new Set(dirty.take().map((slot) => store.refAt(slot))),
    get size() {
      return store.size;
    },
    get open() {
      return store.open;
    },
  };
}

function createJoin(store: HistoryStore, dirty: SlotMarks): Histories['joinSession'] {
  return (session, shopper) => {
    const slot = store.takeSlot(session);
    const target = store.aliasOf(shopper) ?? shopper;
    if (session === target || store.joinedAt(slot) !== undefined) return;
    const targetSlot = store.ensureSlot(target);
    const from = store.at(slot);
    const into = store.at(targetSlot);
    dirty.add(slot);
    dirty.add(targetSlot);
    join(into.history, from.history);
    store.changed(into);
    from.history.joined = target;
    from.history.events.length = 0;
    from.history.seen.clear();
    from.history.refusals = 0;
    store.changed(from);
  };
}
