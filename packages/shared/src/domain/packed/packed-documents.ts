/**
 * The catalogue's documents by number, packed.
 *
 * 1. A document that is replaced leaves no byte: its cell is used again, so an item may change as often as it likes.
 * 2. A record of more than MOST_IN_CELL bytes has memory of its own.
 * 3. A new record stands before the one that it replaces goes; all together take 32 GB at most: beyond, a CapacityError and nothing is changed.
 */
import { Buffer } from 'node:buffer';
import { type Cells, createCells, MOST_BYTES } from './cells.js';
import { createDocumentFormat, type DocumentFormat, type OpenRecord, type PackedFields } from './document-format.js';
import { grown } from './grown.js';

export interface PackedDocuments {
  put(number: number, document: PackedFields): void;
  read(number: number): PackedFields;
  /** Opens the document's record in `record`. */
  open(number: number, record: OpenRecord): void;
  /** How often something was put: what was opened before the last time may be something else by now. */
  readonly changes: number;
  readonly format: DocumentFormat;
  /** Bytes that records take, with the free cells between. */
  readonly bytes: number;
}

const SMALLEST = 1_024;
/** Four cells to a slab: larger ones would leave too much of it unused. */
export const MOST_IN_CELL = MOST_BYTES / 4;
/** Instead of an address, of which none is 0 or 1. */
const NOWHERE = 0;
const ALONE = 1;
const OF_DOCUMENTS = {
  one: 'a document',
  all: 'the catalogue’s packed documents',
  codes: { tooLong: 'document_too_long', full: 'documents_full' },
  advice: 'describe fewer items, or in fewer words',
} as const;

export function createPackedDocuments(cells: Cells = createCells(OF_DOCUMENTS)): PackedDocuments {
  const format = createDocumentFormat();
  let addresses = new Uint32Array(SMALLEST);
  const alone = new Map<number, Buffer>();
  let aloneBytes = 0;
  let changes = 0;

  const forget = (number: number, address: number): void => {
    if (address > ALONE) cells.free(address);
    if (address !== ALONE) return;
    aloneBytes -= alone.get(number)?.length ?? 0;
    alone.delete(number);
  };

  const bytesOf = (number: number): Buffer => {
    const address = addresses[number] ?? NOWHERE;
    if (address > ALONE) return cells.bytesOf(address);
    const own = alone.get(number);
    if (own === undefined) throw new RangeError(`there is no document ${number}`);
    return own;
  };
  const offsetOf = (number: number): number => {
    const address = addresses[number] ?? NOWHERE;
    return address > ALONE ? cells.offsetOf(address) : 0;
  };

  return {
    put(number, document) {
      if (number >= addresses.length) addresses = grown(new Uint32Array(2 * Math.max(number, addresses.length)), addresses);
      const before = addresses[number] ?? NOWHERE;
      const record = format.write(document);
      const isLong = record.length > MOST_IN_CELL;
      const address = isLong ? ALONE : cells.put(record);
      changes++;
      forget(number, before);
      addresses[number] = address;
      if (!isLong) return;
      aloneBytes += record.length;
      alone.set(number, Buffer.from(record));
    },
    read: (number) => format.read(bytesOf(number), offsetOf(number)),
    open: (number, record) => format.open(record, bytesOf(number), offsetOf(number)),
    get changes() {
      return changes;
    },
    format,
    get bytes() {
      return cells.bytes + aloneBytes;
    },
  };
}
