/**
 * The bytes of a delta, and of one chunk of a snapshot: header, vocabulary entries, then for each table its row ids and
 * row values. Little-endian, 4-byte aligned, never JSON.
 *
 * ```
 *  0 u32 magic "FRD2"   4 u32 flags ¹      8 f64 version   16 f64 from_seq   24 f64 to_seq   32 f64 learned_ms
 * 40 u32 epoch         44 u32 dim         48 u32 config   52 u32 training   56 u32 names     60 u32 name bytes (padded)
 * 64 u32 tables        68 u32 word names   then tables × { u32 table, u32 stride, u32 rows }          then names × { u32 row, u32 length, UTF-8, padding to 4 }
 *    of which the last ones are those of words;   then for each table: ids u32[rows], values u32[rows · stride]
 * ```
 * ¹ bits 0–7: flags; bits 8–18: the round's negatives / 4, or 0 when the round had the model's sizes; bits 24–31: 16 × its replay ratio.
 *
 * 1. `decodeDelta` accepts exactly what `encodeDelta` writes; anything else is a `CorruptionError`, a newer format by its own code.
 *    But for format 1, which had fewer tables, no words and no promotions (FLAG_PROMOTED): it is read, too.
 * 2. `chainChecksum` = SHA-256(parent checksum ‖ bytes): a gap, a swap or a reused version shows.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { strideOf, type TableName, TABLES } from '../domain/tables.js';
import { CorruptionError } from '../errors.js';
import { newerFormat } from './format-version.js';

/** “FRD”, then the format's version as a digit. */
export const DELTA_MAGIC = 0x32445246;
/** The format that is written, and the newest that is read. */
const FORMAT = 2;
const FORMAT_BYTE = 2 ** 24;
const DIGIT_ZERO = 0x30;
/** The magic number in the wrong byte order, without its digit. */
const MAGIC_REVERSED = 0x465244;
const HEADER_BYTES = 72;
const TABLE_BYTES = 12;

/** Set when the trainer that wrote this delta had just started: its replay buffer was empty before it. */
export const FLAG_RESTARTED = 1;
/**
 * Set when a candidate has been promoted: the delta's rows belong on the snapshot that ends at its version, not on the version
 * before it (docs/decisions/013).
 */
export const FLAG_PROMOTED = 2;

/** What a round spent on each new example, where that was less than the model's sizes (trainer's budget). */
export interface RoundSizes {
  /** R: a multiple of 1/16, below 16. */
  readonly replay: number;
  /** K: a multiple of 4 up to 8,188. */
  readonly negatives: number;
}

/** The flags of a delta whose round had these sizes; undefined: the model's. */
export function withSizes(flags: number, sizes: RoundSizes | undefined): number {
  return sizes === undefined ? flags : (flags | ((sizes.negatives / 4) << 8) | ((16 * sizes.replay) << 24)) >>> 0;
}

/** What a delta's round had; undefined: the model's sizes. */
export function sizesOf({ flags }: Pick<DeltaHeader, 'flags'>): RoundSizes | undefined {
  const negatives = 4 * ((flags >>> 8) & 0x7ff);
  return negatives === 0 ? undefined : { replay: (flags >>> 24) / 16, negatives };
}

export function isPromotion(header: Pick<DeltaHeader, 'flags'>): boolean {
  return (header.flags & FLAG_PROMOTED) !== 0;
}

export interface DeltaHeader {
  readonly flags: number;
  readonly version: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  /** The time the round took as "now", milliseconds since 1970: decay and ages were computed with it. */
  readonly learnedMs: number;
  readonly epoch: number;
  readonly dim: number;
  /** What rows mean: deltas of another hash can't be served together (domain/model-config `configHash`). */
  readonly configHash: number;
  /** What they were learned with: the same bytes come only from the same hash (`trainingHash`) and the same `sizesOf` each round; 0 in a snapshot's chunk. */
  readonly trainingHash: number;
}

export interface TableRows {
  readonly table: TableName;
  readonly ids: Uint32Array;
  /** ids.length · stride words; read the floats through a Float32Array on the same buffer. */
  readonly values: Uint32Array;
}

export interface VocabularyEntry {
  readonly row: number;
  readonly name: string;
  /** Which table's row it names; an item's without it. */
  readonly table?: 'word';
}

export interface Delta {
  readonly header: DeltaHeader;
  readonly vocabulary: readonly VocabularyEntry[];
  readonly tables: readonly TableRows[];
}

export const FIRST_CHECKSUM: Buffer = Buffer.alloc(32);

export function chainChecksum(parent: Buffer, bytes: Buffer): Buffer {
  return createHash('sha256').update(parent).update(bytes).digest();
}

export function encodeDelta(delta: Delta): Buffer {
  const ofItems = delta.vocabulary.filter(({ table }) => table === undefined);
  const ofWords = delta.vocabulary.filter(({ table }) => table === 'word');
  const names = [...ofItems, ...ofWords].map((entry) => ({ row: entry.row, utf8: Buffer.from(entry.name, 'utf8') }));
  const nameBytes = names.reduce((sum, name) => sum + 8 + padded(name.utf8.length), 0);
  const rowBytes = delta.tables.reduce((sum, table) => sum + 4 * (table.ids.length + table.values.length), 0);
  const bytes = Buffer.alloc(HEADER_BYTES + delta.tables.length * TABLE_BYTES + nameBytes + rowBytes);
  writeHeader(bytes, delta, { nameBytes, wordNames: ofWords.length });
  let at = HEADER_BYTES;
  for (const table of delta.tables) {
    bytes.writeUInt32LE(TABLES.indexOf(table.table), at);
    bytes.writeUInt32LE(strideOf(table.table, delta.header.dim), at + 4);
    bytes.writeUInt32LE(table.ids.length, at + 8);
    at += TABLE_BYTES;
  }
  for (const name of names) {
    bytes.writeUInt32LE(name.row, at);
    bytes.writeUInt32LE(name.utf8.length, at + 4);
    name.utf8.copy(bytes, at + 8);
    at += 8 + padded(name.utf8.length);
  }
  for (const table of delta.tables) {
    at += copyWords(table.ids, bytes, at);
    at += copyWords(table.values, bytes, at);
  }
  return bytes;
}

/** Reads and checks a delta's shape (not its values: see model/check). */
export function decodeDelta(input: Buffer): Delta {
  const bytes = aligned(input);
  const header = readHeader(bytes);
  const count = bytes.readUInt32LE(64);
  const nameBytes = bytes.readUInt32LE(60);
  const start = HEADER_BYTES + count * TABLE_BYTES;
  if (count > TABLES.length || start + nameBytes > bytes.length) throw broken('its directory is longer than its bytes');
  const vocabulary = readNames(bytes, start, nameBytes);
  const tables: TableRows[] = [];
  let at = start + nameBytes;
  for (let t = 0; t < count; t++) {
    const entry = readTableEntry(bytes, HEADER_BYTES + t * TABLE_BYTES, header.dim);
    const words = entry.rows * (1 + entry.stride);
    if (at + 4 * words > bytes.length) throw broken(`its ${entry.table} rows are cut off`);
    const base = bytes.byteOffset + at;
    tables.push({
      table: entry.table,
      ids: new Uint32Array(bytes.buffer, base, entry.rows),
      values: new Uint32Array(bytes.buffer, base + 4 * entry.rows, entry.rows * entry.stride),
    });
    at += 4 * words;
  }
  if (at !== bytes.length) throw broken(`${bytes.length - at} bytes follow its last row`);
  return { header, vocabulary, tables };
}

function writeHeader(bytes: Buffer, delta: Delta, { nameBytes, wordNames }: { nameBytes: number; wordNames: number }): void {
  const { header } = delta;
  bytes.writeUInt32LE(DELTA_MAGIC, 0);
  bytes.writeUInt32LE(header.flags, 4);
  bytes.writeDoubleLE(header.version, 8);
  bytes.writeDoubleLE(header.fromSeq, 16);
  bytes.writeDoubleLE(header.toSeq, 24);
  bytes.writeDoubleLE(header.learnedMs, 32);
  bytes.writeUInt32LE(header.epoch, 40);
  bytes.writeUInt32LE(header.dim, 44);
  bytes.writeUInt32LE(header.configHash, 48);
  bytes.writeUInt32LE(header.trainingHash, 52);
  bytes.writeUInt32LE(delta.vocabulary.length, 56);
  bytes.writeUInt32LE(nameBytes, 60);
  bytes.writeUInt32LE(delta.tables.length, 64);
  bytes.writeUInt32LE(wordNames, 68);
}

function readHeader(bytes: Buffer): DeltaHeader {
  if (bytes.length < HEADER_BYTES) throw broken('it is shorter than its header');
  const magic = bytes.readUInt32LE(0);
  if (magic >>> 8 === MAGIC_REVERSED) throw new CorruptionError('delta_endianness', 'a delta can’t be read: its numbers are big-endian, those of this format are little-endian');
  const format = (magic >>> 24) - DIGIT_ZERO;
  if (magic % FORMAT_BYTE !== DELTA_MAGIC % FORMAT_BYTE || format < 1 || format > 9) throw broken('it does not start with the magic number of this format');
  if (format > FORMAT) throw newerFormat('a version of the model', format, FORMAT);
  if (format < FORMAT && isPromotion({ flags: bytes.readUInt32LE(4) })) throw broken('it says it is a promotion, which its format doesn’t have');
  return {
    flags: bytes.readUInt32LE(4),
    version: bytes.readDoubleLE(8),
    fromSeq: bytes.readDoubleLE(16),
    toSeq: bytes.readDoubleLE(24),
    learnedMs: bytes.readDoubleLE(32),
    epoch: bytes.readUInt32LE(40),
    dim: bytes.readUInt32LE(44),
    configHash: bytes.readUInt32LE(48),
    trainingHash: bytes.readUInt32LE(52),
  };
}

function readTableEntry(bytes: Buffer, at: number, dim: number): { table: TableName; stride: number; rows: number } {
  const table = TABLES[bytes.readUInt32LE(at)];
  if (table === undefined) throw broken('it names an unknown table');
  const stride = bytes.readUInt32LE(at + 4);
  if (stride !== strideOf(table, dim)) throw broken(`its ${table} rows have ${stride} words instead of ${strideOf(table, dim)}`);
  return { table, stride, rows: bytes.readUInt32LE(at + 8) };
}

function readNames(bytes: Buffer, start: number, length: number): VocabularyEntry[] {
  const count = bytes.readUInt32LE(56);
  const items = count - bytes.readUInt32LE(68);
  if (items < 0) throw broken('it announces more words than names');
  const names: VocabularyEntry[] = [];
  const end = start + length;
  let at = start;
  while (names.length < count) {
    if (at + 8 > end) throw broken('its vocabulary is cut off');
    const size = bytes.readUInt32LE(at + 4);
    if (at + 8 + padded(size) > end) throw broken('its vocabulary is cut off');
    const entry = { row: bytes.readUInt32LE(at), name: bytes.toString('utf8', at + 8, at + 8 + size) };
    names.push(names.length < items ? entry : { ...entry, table: 'word' });
    at += 8 + padded(size);
  }
  if (at !== end) throw broken('its vocabulary is longer than announced');
  return names;
}

/** Typed-array views need 4-byte alignment; bytes from a socket rarely have it. */
function aligned(bytes: Buffer): Buffer {
  if (bytes.byteOffset % 4 === 0) return bytes;
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}

function copyWords(words: Uint32Array, into: Buffer, at: number): number {
  Buffer.from(words.buffer, words.byteOffset, words.byteLength).copy(into, at);
  return words.byteLength;
}

/** Not by bit operations: a damaged length may need all 32 bits. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function broken(why: string): CorruptionError {
  return new CorruptionError('delta_format', `a delta can't be read: ${why}`);
}
