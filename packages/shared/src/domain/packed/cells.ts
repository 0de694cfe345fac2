/**
 * Room for many short records of bytes in few large pieces of memory: slabs, each of cells of one size.
 *
 * 1. A cell is at most 7 bytes, or an eighth, longer than its record; at a slab's end less than a cell is unused.
 * 2. A record that is freed is overwritten with zeros at once.
 * 3. A slab whose last record goes serves cells of another size; more than SPARE_SLABS such ones are given back.
 * 4. A record has at most MOST_BYTES, and all together at most 32 GB: beyond, a CapacityError.
 */
import { Buffer } from 'node:buffer';
import { CapacityError } from '../../errors.js';
import { freeCell, NONE, type Slab, SLAB_BYTES, SLAB_UNITS, takeCell, UNIT, UNIT_BITS } from './slab.js';

export interface Cells {
  /** Stores a copy of `record`; returns its address, never 0. */
  put(record: Uint8Array): number;
  free(address: number): void;
  /** The memory that holds the record, and where in it the record begins. */
  bytesOf(address: number): Buffer;
  offsetOf(address: number): number;
  /** Bytes of all slabs. */
  readonly bytes: number;
}

export const MOST_BYTES = SLAB_BYTES;
/** An address is a slab's number and, in the lower bits, a unit of it. */
const SLAB_BITS = Math.log2(SLAB_UNITS);
const MOST_SLABS = 2 ** (32 - SLAB_BITS);
/** Cells up to so many units come in every size, larger ones in eight sizes to the next power of two. */
const FINE_UNITS = 32;
const SPARE_SLABS = 64;

/** What is said when there is no room. */
export interface CellsOf {
  /** One record, and all of them. */
  readonly one: string;
  readonly all: string;
  readonly codes: { readonly tooLong: string; readonly full: string };
  readonly advice: string;
}

const HISTORIES: CellsOf = {
  one: 'a history',
  all: 'packed histories',
  codes: { tooLong: 'history_too_long', full: 'histories_full' },
  advice: 'hold fewer shoppers in memory (`--active-users`)',
};

export function createCells(of: CellsOf = HISTORIES): Cells {
  const slabs = createSlabs(of);
  const rooms = createRooms();

  const slabFor = (units: number): Slab => {
    const known = rooms.find(units);
    if (known !== undefined) return known;
    const slab = slabs.take();
    Object.assign(slab, { units, used: 0, freed: NONE, fresh: 0 });
    rooms.offer(slab);
    return slab;
  };

  const slabAt = (address: number): Slab => slabs.at(address >>> SLAB_BITS);
  const offsetOf = (address: number): number => (address & (SLAB_UNITS - 1)) * UNIT;

  return {
    put(record) {
      const slab = slabFor(unitsFor(record.length, of));
      const unit = takeCell(slab);
      if (slab.freed === NONE && slab.fresh + slab.units > SLAB_UNITS) rooms.withdraw(slab);
      slab.bytes.set(record, unit * UNIT);
      return slab.number * SLAB_UNITS + unit;
    },
    free(address) {
      const slab = slabAt(address);
      freeCell(slab, offsetOf(address));
      if (slab.place === NONE) rooms.offer(slab);
      if (slab.used > 0) return;
      rooms.withdraw(slab);
      slabs.giveBack(slab);
    },
    bytesOf: (address) => slabAt(address).bytes,
    offsetOf,
    get bytes() {
      return slabs.count * SLAB_BYTES;
    },
  };
}

/** Units of the cell for a record of so many bytes. */
function unitsFor(length: number, { one, codes }: CellsOf): number {
  if (length > MOST_BYTES) throw new CapacityError(codes.tooLong, `${one} of ${length} bytes is longer than the ${MOST_BYTES} that one may have`);
  const units = Math.max(1, (length + UNIT - 1) >>> UNIT_BITS);
  if (units <= FINE_UNITS) return units;
  const step = 1 << (28 - Math.clz32(units - 1));
  return Math.ceil(units / step) * step;
}

/** All slabs by number, and those without a record. */
function createSlabs({ all, codes, advice }: CellsOf) {
  /** Number 0 is nobody's, so no address is 0. */
  const slabs: (Slab | undefined)[] = [undefined];
  const unused: number[] = [];
  const spare: Slab[] = [];

  const make = (): Slab => {
    const number = unused.pop() ?? slabs.length;
    if (number >= MOST_SLABS) throw new CapacityError(codes.full, `${all} take 32 GB, and no more can be addressed: ${advice}`);
    const slab: Slab = { number, bytes: Buffer.alloc(SLAB_BYTES), units: 0, used: 0, freed: NONE, fresh: 0, place: NONE };
    slabs[number] = slab;
    return slab;
  };

  return {
    take: () => spare.pop() ?? make(),
    giveBack(slab: Slab): void {
      // The links of freed cells are all that is left in it.
      slab.bytes.fill(0);
      if (spare.length < SPARE_SLABS) {
        spare.push(slab);
        return;
      }
      slabs[slab.number] = undefined;
      unused.push(slab.number);
    },
    at(number: number): Slab {
      const slab = slabs[number];
      if (slab === undefined) throw new RangeError(`there is no slab ${number}`);
      return slab;
    },
    get count(): number {
      return slabs.length - 1 - unused.length;
    },
  };
}

/** By units of a cell: the slabs with room. */
function createRooms() {
  const rooms: Slab[][] = [];
  const roomFor = (units: number): Slab[] => (rooms[units] ??= []);
  return {
    find: (units: number): Slab | undefined => roomFor(units).at(-1),
    offer(slab: Slab): void {
      slab.place = roomFor(slab.units).push(slab) - 1;
    },
    withdraw(slab: Slab): void {
      const room = roomFor(slab.units);
      const last = room.pop();
      if (last !== undefined && last !== slab) {
        room[slab.place] = last;
        last.place = slab.place;
      }
      slab.place = NONE;
    },
  };
}
