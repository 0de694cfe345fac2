/**
 * The backup file: everything in the database, in one file that proves itself whole.
 *
 * ```
 *  0  "FRESHETB"    8 u32 format (1)   12 u32 0
 * 16  sections, end to end: the rows of one table each, as COPY sends them, gzipped
 *  …  manifest: JSON, gzipped
 *  …  footer, 56 bytes: u64 manifest's offset, u64 its length, SHA-256 of all bytes before these 32, "FRESHETE"
 * ```
 * Little-endian. The manifest says where each section is, how long, its rows, its SHA-256.
 * 1. A file that was cut short has no footer; one whose bytes changed has another SHA-256. Neither is ever restored.
 * 2. A newer format is refused with what to do; the format grows when an old reader would misread a file.
 */
import { Buffer } from 'node:buffer';
import { CorruptionError, UsageError } from '@freshet/shared/errors';

export const FORMAT = 1;
export const HEADER_BYTES = 16;
export const FOOTER_BYTES = 56;
export const HASH_BYTES = 32;
const MAGIC = Buffer.from('FRESHETB', 'latin1');
const END = Buffer.from('FRESHETE', 'latin1');

export interface Footer {
  readonly offset: number;
  readonly length: number;
  readonly sha256: Buffer;
}

export function encodeHeader(): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(FORMAT, 8);
  return header;
}

export function checkHeader(bytes: Buffer, file: string): void {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new UsageError('backup_file', `${file} is not a backup of Freshet`);
  }
  const format = bytes.readUInt32LE(8);
  if (format > FORMAT) throw new UsageError('backup_newer', `${file} has backup format ${format}, this Freshet reads format ${FORMAT}: restore it with the newer Freshet that made it`);
  if (format < 1) throw new CorruptionError('backup_damaged', `${file} is damaged: it says it has format ${format}`);
}

/** All of the footer but its hash and end, which the hash covers. */
export function encodePlace(offset: number, length: number): Buffer {
  const place = Buffer.alloc(16);
  place.writeBigUInt64LE(BigInt(offset), 0);
  place.writeBigUInt64LE(BigInt(length), 8);
  return place;
}

export function encodeEnd(sha256: Buffer): Buffer {
  return Buffer.concat([sha256, END]);
}

/** `size`: of the file. */
export function decodeFooter(bytes: Buffer, size: number, file: string): Footer {
  if (bytes.length < FOOTER_BYTES || !bytes.subarray(FOOTER_BYTES - END.length).equals(END)) {
    throw new CorruptionError('backup_cut_short', `${file} is cut short or damaged: it doesn't end as a backup does`);
  }
  const offset = Number(bytes.readBigUInt64LE(0));
  const length = Number(bytes.readBigUInt64LE(8));
  if (offset < HEADER_BYTES || offset + length + FOOTER_BYTES !== size) {
    throw new CorruptionError('backup_cut_short', `${file} is cut short or damaged: it has ${size} bytes and names others`);
  }
  return { offset, length, sha256: bytes.subarray(16, 16 + HASH_BYTES) };
}
