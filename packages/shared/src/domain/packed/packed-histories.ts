/**
 * Records of histories by slot: what is kept of the shoppers who are doing nothing now.
 *
 * 1. What was removed or replaced is overwritten.
 */
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

  const setAddress = (slot: number, address: number): void => {
    if (slot >= addresses.length) {
      addresses = grown(new Uint32Array(2 * Math.max(slot, addresses.length)), addresses);
    }
    addresses[slot] = address;
  };

  const read = <T>(address: number, what: (bytes: Uint8Array, at: number) => T): T => what(cells.bytesOf(address), cells.offsetOf(address));

  return {
    put(slot, history) {
      const address = addressOf(slot);
      // The new record's names first: those that stay are never without a holder.
      const record = pack(history, address === 0 ? [] : read(address, unpacking.numbers));
      if (address !== 0) read(address, unpacking.release);
      setAddress(slot, address === 0 ? cells.put(record) : cells.replace(address, record));
      record.fill(0);
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
      read(address, unpacking.release);
      cells.free(address);
      addresses[slot] = 0;
    },
  };
}
