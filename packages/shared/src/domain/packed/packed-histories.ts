/**
 * Records of histories by slot: what is kept of the shoppers who are doing nothing now.
 *
 * 1. What was removed or replaced is overwritten.
 * 2. A record stands before the one that it replaces goes: a history for which there is no room changes nothing here.
 */
import type { Buffer } from 'node:buffer';
import type { UserRef } from '../event.js';
import type { History } from '../history.js';
import type { Cells } from './cells.js';
import { createKinds } from './format.js';
import type { Names } from './names.js';
import { createPack } from './pack.js';
import { createUnpacking, type HistoryOutline } from './unpack.js';
import { grown } from './grown.js';

export interface PackedHistories {
  put(slot: number, history: History): void;
  /** A new object of what was put last, an empty history when nothing was. */
  open(slot: number): History;
  outline(slot: number): HistoryOutline;
  joined(slot: number): UserRef | undefined;
  remove(slot: number): void;
}

const SMALLEST = 1_024;

export function createPackedHistories(names: Names, cells: Cells): PackedHistories {
  const kinds = createKinds();
  const pack = createPack(names, kinds);
  const unpacking = createUnpacking(names, kinds);
  /** By slot; 0: there is none. */
  let addresses = new Uint32Array(SMALLEST);

  const addressOf = (slot: number): number => addresses[slot] ?? 0;

  const makePlace = (slot: number): void => {
    if (slot >= addresses.length) addresses = grown(new Uint32Array(2 * Math.max(slot, addresses.length)), addresses);
  };

  const store = (record: Buffer): number => {
    try {
      return cells.put(record);
    } catch (error) {
      unpacking.release(record, 0);
      throw error;
    } finally {
      record.fill(0);
    }
  };

  const read = <T>(address: number, what: (bytes: Buffer, at: number) => T): T => what(cells.bytesOf(address), cells.offsetOf(address));

  const discard = (address: number): void => {
    read(address, unpacking.release);
    cells.free(address);
  };

  return {
    put(slot, history) {
      makePlace(slot);
      const before = addressOf(slot);
      // The new record's names first: those that stay are never without a holder.
      addresses[slot] = store(pack(history, before === 0 ? [] : read(before, unpacking.numbers)));
      if (before !== 0) discard(before);
    },
    open(slot) {
      const address = addressOf(slot);
      return address === 0 ? { events: [], seen: new Map(), refusals: 0 } : read(address, unpacking.history);
    },
    outline(slot) {
      const address = addressOf(slot);
      return address === 0 ? { events: 0, joined: false } : read(address, unpacking.outline);
    },
    joined(slot) {
      const address = addressOf(slot);
      return address === 0 ? undefined : read(address, unpacking.joined);
    },
    remove(slot) {
      const address = addressOf(slot);
      if (address === 0) return;
      discard(address);
      addresses[slot] = 0;
    },
  };
}
