/**
 * The histories that are objects now: those that were used last. The others are packed, or were never put into bytes.
 *
 * 1. Beyond its limits it closes the one used longest ago, never one of the KEPT used last: so two or three may be had, and changed, at once.
 * 2. What is closed at once is no more than what was opened, and one history.
 * 3. A history leaves when it is closed, not before: when `close` throws, it is open as it was, and nobody is opened in its place.
 */
import type { History } from '../history.js';
import { createRecency } from './recency.js';
import { grown } from './grown.js';

export interface OpenLimits {
  readonly histories: number;
  /** Events and marks of all of them together: a history may have a thousand. */
  readonly moments: number;
}

/** Some 30 MB; what is live in a busy shop: a thousand events a second of shoppers who each do something every ten seconds. */
export const OPEN_LIMITS: OpenLimits = { histories: 32_768, moments: 262_144 };
const KEPT = 4;

export interface OpenHistory {
  readonly slot: number;
  readonly history: History;
  /** Its record, if it has one, tells less. */
  isStale: boolean;
  /** Events and marks when it was last looked at. */
  moments: number;
  readonly place: number;
}

export interface OpenHistories {
  /** The one in this slot, if it is open; it is the one used last from now on. */
  use(slot: number): OpenHistory | undefined;
  /** The same, but it isn't used. */
  peek(slot: number): OpenHistory | undefined;
  add(slot: number, history: History): OpenHistory;
  /** As `add` does first: afterwards it closes nothing for this history. */
  makeRoomFor(history: History): void;
  /** It isn't what its record says any more. */
  changed(open: OpenHistory): void;
  /** Without closing it. */
  remove(slot: number): void;
  readonly size: number;
}

export function createOpenHistories(limits: OpenLimits, close: (open: OpenHistory) => void): OpenHistories {
  const byPlace: (OpenHistory | undefined)[] = [];
  const emptied: number[] = [];
  const used = createRecency();
  /** By slot: place + 1. */
  let places = new Int32Array(1_024);
  let size = 0;
  let moments = 0;

  const peek = (slot: number): OpenHistory | undefined => {
    const place = (places[slot] ?? 0) - 1;
    return place < 0 ? undefined : byPlace[place];
  };

  const setPlace = (slot: number, place: number): void => {
    if (slot >= places.length) {
      places = grown(new Int32Array(2 * Math.max(slot, places.length)), places);
    }
    places[slot] = place + 1;
  };

  const forget = (open: OpenHistory): void => {
    places[open.slot] = 0;
    byPlace[open.place] = undefined;
    emptied.push(open.place);
    used.remove(open.place);
    size--;
    moments -= open.moments;
  };

  /** For so many histories more, with so many moments. */
  const makeRoom = (histories: number, more: number): void => {
    while (size + histories > KEPT && (size + histories > limits.histories || moments + more > limits.moments)) {
      const oldest = byPlace[used.oldest];
      if (oldest === undefined) return;
      close(oldest);
      forget(oldest);
    }
  };

  return {
    use(slot) {
      const open = peek(slot);
      if (open !== undefined) used.put(open.place);
      return open;
    },
    peek,
    makeRoomFor: (history) => makeRoom(1, momentsOf(history)),
    add(slot, history) {
      const now = momentsOf(history);
      makeRoom(1, now);
      const place = emptied.pop() ?? byPlace.length;
      const open: OpenHistory = { slot, history, isStale: false, moments: now, place };
      byPlace[place] = open;
      setPlace(slot, place);
      used.put(place);
      size++;
      moments += now;
      return open;
    },
    changed(open) {
      const now = momentsOf(open.history);
      moments += now - open.moments;
      open.moments = now;
      open.isStale = true;
      makeRoom(0, 0);
    },
    remove(slot) {
      const open = peek(slot);
      if (open !== undefined) forget(open);
    },
    get size() {
      return size;
    },
  };
}

function momentsOf({ events, seen }: History): number {
  return events.length + seen.size;
}
