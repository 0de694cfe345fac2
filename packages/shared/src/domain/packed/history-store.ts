/**
 * Where each reference's history is, by its slot: open as an object, or packed.
 *
 * 1. A history that is opened and not changed costs nothing to close: its record is still right.
 * 2. What `remove` removes leaves no byte here.
 */
import type { UserRef } from '../event.js';
import type { History } from '../history.js';
import { type Cells, createCells } from './cells.js';
import { createNames, type Names } from './names.js';
import { createOpenHistories, OPEN_LIMITS, type OpenHistory, type OpenLimits } from './open-histories.js';
import { createPackedHistories } from './packed-histories.js';
import { highOf, lowOf } from './ref-halves.js';
import { createRefIndex, NO_SLOT } from './ref-index.js';
import type { HistoryOutline } from './unpack.js';

export interface HistoryStoreParts {
  /** Where somebody else holds the items' names, too; default: its own. */
  readonly names?: Names;
  readonly cells?: Cells;
  readonly limits?: OpenLimits;
}

export interface HistoryStore {
  slotOf(ref: UserRef): number;
  /** Given out now if there is none. */
  takeSlot(ref: UserRef): number;
  /** The slot of the history that answers for `ref`, given out to a stranger. */
  ensureSlot(ref: UserRef): number;
  refAt(slot: number): UserRef;
  /** Whose history the one in this slot has joined. */
  joinedAt(slot: number): UserRef | undefined;
  aliasOf(ref: UserRef): UserRef | undefined;
  /** The history in a slot, opened if need be. Whoever changes it says so. */
  at(slot: number): OpenHistory;
  changed(open: OpenHistory): void;
  /** Of somebody who has none. */
  put(ref: UserRef, history: History): void;
  remove(slot: number): void;
  find(ref: UserRef): History | undefined;
  /** The history under `ref` itself, which is not opened for others by it. */
  own(ref: UserRef): History | undefined;
  entries(): IterableIterator<[UserRef, History]>;
  outlines(): IterableIterator<[UserRef, HistoryOutline]>;
  readonly size: number;
  readonly open: number;
}

export function createHistoryStore({ names = createNames(), cells = createCells(), limits = OPEN_LIMITS }: HistoryStoreParts): HistoryStore {
  const index = createRefIndex();
  const packed = createPackedHistories(names, cells);
  const open = createOpenHistories(limits, ({ slot, history, isStale }) => {
    if (isStale) packed.put(slot, history);
  });

  const slotOf = (ref: UserRef): number => index.find(highOf(ref), lowOf(ref));
  const takeSlot = (ref: UserRef): number => index.take(highOf(ref), lowOf(ref));
  const joinedAt = (slot: number): UserRef | undefined => {
    const known = open.peek(slot);
    return known === undefined ? packed.joined(slot) : known.history.joined;
  };
  const ownAt = (slot: number): History => open.peek(slot)?.history ?? packed.open(slot);
  const at = (slot: number): OpenHistory => open.use(slot) ?? open.add(slot, packed.open(slot));

  return {
    refAt: index.refAt,
    slotOf,
    at,
    takeSlot,
    joinedAt,
    aliasOf(ref: UserRef): UserRef | undefined {
      const slot = slotOf(ref);
      return slot === NO_SLOT ? undefined : joinedAt(slot);
    },
    find(ref: UserRef): History | undefined {
      const own = slotOf(ref);
      const joined = own === NO_SLOT ? undefined : joinedAt(own);
      const slot = joined === undefined ? own : slotOf(joined);
      return slot === NO_SLOT ? undefined : at(slot).history;
    },
    ensureSlot(ref: UserRef): number {
      const slot = takeSlot(ref);
      const joined = joinedAt(slot);
      return joined === undefined ? slot : takeSlot(joined);
    },
    own(ref: UserRef): History | undefined {
      const slot = slotOf(ref);
      return slot === NO_SLOT ? undefined : ownAt(slot);
    },
    put(ref: UserRef, history: History): void {
      open.makeRoomFor(history);
      open.changed(open.add(takeSlot(ref), history));
    },
    changed: open.changed,
    remove(slot: number): void {
      open.remove(slot);
      packed.remove(slot);
      index.free(slot);
    },
    *entries(): Generator<[UserRef, History]> {
      for (let slot = 0; slot < index.end; slot++) if (index.isTaken(slot)) yield [index.refAt(slot), ownAt(slot)];
    },
    *outlines(): Generator<[UserRef, HistoryOutline]> {
      for (let slot = 0; slot < index.end; slot++) {
        if (!index.isTaken(slot)) continue;
        const known = open.peek(slot)?.history;
        const outline = known === undefined ? packed.outline(slot) : { events: known.events.length, joined: known.joined !== undefined };
        yield [index.refAt(slot), outline];
      }
    },
    get size() {
      return index.size;
    },
    get open() {
      return open.size;
    },
  };
}
