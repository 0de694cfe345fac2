/**
 * Histories as plain objects in plain maps, nothing packed: what packed ones are held against. They were the product's until
 * decision 040.
 */
import { type CustomTypes, meaningOf, type UserRef } from '@freshet/shared/domain/event';
import type { Histories } from '@freshet/shared/domain/histories';
import { emptyHistory, type History, join, remember } from '@freshet/shared/domain/history';

export function plainHistories(custom: CustomTypes = {}): Histories {
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
    dirty.add(resolve(target));
  };

  return {
    find: (ref) => byRef.get(resolve(ref)),
    own: (ref) => byRef.get(ref),
    has: (ref) => byRef.has(ref),
    aliasOf: (ref) => byRef.get(ref)?.joined,
    ensure,
    joinSession,
    apply(event, at, meaning = meaningOf(event, custom)) {
      if (event.session !== undefined) {
        joinSession(event.session, event.user);
        for (const ref of [event.session, resolve(event.user)]) if (byRef.has(ref)) touches.put(ref, at.seq);
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
    *outlines() {
      for (const [ref, { events, joined }] of byRef) yield [ref, { events: events.length, joined: joined !== undefined }];
    },
    takeDirty() {
      const taken = dirty;
      dirty = new Set();
      return taken;
    },
    get size() {
      return byRef.size;
    },
    get open() {
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
