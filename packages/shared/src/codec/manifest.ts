/**
 * What a whole stored model consists of, written beside its chunks: how many rows each table has, how long they are, and the SHA-256 of
 * each table's rows. Who loads the chunks makes the same list of what he has read and holds it against the stored one.
 *
 * 1. A table's SHA-256 covers the row ids and the row values in the order of the chunks: a byte, a row more or less, rows or tables in
 *    each other's place all show, even where a chunk's own checksum was made to fit.
 * 2. Names are covered likewise, items' and words' apart.
 * 3. `parent` is the chain's checksum of the version at which the first chunk was cut: the deltas behind it are checked from there on.
 */
import { createHash, type Hash } from 'node:crypto';
import { strideOf, type TableName, TABLES } from '../domain/tables.js';
import { CorruptionError } from '../errors.js';
import type { Delta, VocabularyEntry } from './delta.js';

export interface TableManifest {
  readonly rows: number;
  /** Words of a row. */
  readonly stride: number;
  readonly sha256: string;
}

export interface NamesManifest {
  readonly names: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  /** Of every number in the chunks. */
  readonly byte_order: typeof BYTE_ORDER;
  readonly dim: number;
  /** domain/model-config `configHash`. */
  readonly config: number;
  readonly tables: Readonly<Partial<Record<TableName, TableManifest>>>;
  readonly vocabulary: Readonly<Record<'item' | 'word', NamesManifest>>;
  /** In hex; absent where it wasn't known. */
  readonly parent?: string;
}

const FORMAT = 1;
const BYTE_ORDER = 'little-endian';

export interface ManifestMaker {
  /** Takes the next chunk. A `CorruptionError` when it is of another shape than those before. */
  add(chunk: Delta): void;
  finish(): Manifest;
}

interface TableSoFar {
  rows: number;
  readonly hash: Hash;
}

interface NamesSoFar {
  names: number;
  readonly hash: Hash;
}

export function createManifest(): ManifestMaker {
  const tables = new Map<TableName, TableSoFar>();
  const vocabulary = { item: newNames(), word: newNames() };
  let shape: { readonly dim: number; readonly config: number } | undefined;
  return {
    add({ header, ...chunk }) {
      shape ??= { dim: header.dim, config: header.configHash };
      if (header.dim !== shape.dim || header.configHash !== shape.config) {
        throw new CorruptionError('snapshot_dim', `a chunk has dim ${header.dim} and hyperparameters ${header.configHash.toString(16)}, those before have dim ${shape.dim} and ${shape.config.toString(16)}`);
      }
      for (const kind of ['item', 'word'] as const) addNames(vocabulary[kind], chunk.vocabulary.filter(({ table = 'item' }) => table === kind));
      for (const { table, ids, values } of chunk.tables) {
        const known = tables.get(table) ?? { rows: 0, hash: createHash('sha256') };
        tables.set(table, known);
        known.rows += ids.length;
        known.hash.update(bytesOf(ids)).update(bytesOf(values));
      }
    },
    finish() {
      const { dim, config } = shape ?? { dim: 0, config: 0 };
      return {
        format: FORMAT,
        byte_order: BYTE_ORDER,
        dim,
        config,
        tables: Object.fromEntries([...tables].map(([table, { rows, hash }]) => [table, { rows, stride: strideOf(table, dim), sha256: hash.digest('hex') }])),
        vocabulary: { item: ended(vocabulary.item), word: ended(vocabulary.word) },
      };
    },
  };
}

function newNames(): NamesSoFar {
  return { names: 0, hash: createHash('sha256') };
}

/** All at once: a call for each name takes longer than the hash. */
function addNames(so: NamesSoFar, entries: readonly VocabularyEntry[]): void {
  so.names += entries.length;
  so.hash.update(entries.map(({ row, name }) => `${row} ${name}\n`).join(''));
}

function ended({ names, hash }: NamesSoFar): NamesManifest {
  return { names, sha256: hash.digest('hex') };
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** What is stored as a manifest; a `CorruptionError` when it is none that this release reads. */
export function parseManifest(stored: unknown): Manifest {
  if (!isManifest(stored)) throw new CorruptionError('snapshot_manifest', 'the snapshot’s manifest can’t be read: it isn’t what was written, or a newer release wrote it');
  return stored;
}

function isManifest(stored: unknown): stored is Manifest {
  const manifest = stored as Manifest;
  if (typeof stored !== 'object' || stored === null || manifest.format !== FORMAT || manifest.byte_order !== BYTE_ORDER) return false;
  const names = [manifest.vocabulary?.item, manifest.vocabulary?.word];
  return typeof manifest.tables === 'object' && manifest.tables !== null && names.every((one) => typeof one?.sha256 === 'string');
}

/** Throws with the first thing in which what was read isn't what was written. */
export function checkManifest(written: Manifest, read: Manifest): void {
  if (written.dim !== read.dim || written.config !== read.config) {
    throw differs('dim', `it was written with dim ${written.dim} and hyperparameters ${written.config.toString(16)}, its chunks have ${read.dim} and ${read.config.toString(16)}`);
  }
  for (const table of TABLES) checkTable(table, written.tables[table], read.tables[table]);
  for (const kind of ['item', 'word'] as const) {
    const [ours, theirs] = [read.vocabulary[kind], written.vocabulary[kind]];
    if (ours.names !== theirs.names) throw differs('names', `it was written with ${theirs.names} names of ${kind}s and has ${ours.names}`);
    if (ours.sha256 !== theirs.sha256) throw differs('names', `its names of ${kind}s are not what was written`);
  }
}

function checkTable(table: TableName, written: TableManifest | undefined, read: TableManifest | undefined): void {
  const [had, has] = [written?.rows ?? 0, read?.rows ?? 0];
  if (had !== has) throw differs('rows', `its table ${table} was written with ${had} rows and has ${has}`);
  if (written === undefined || read === undefined) return;
  if (written.stride !== read.stride) throw differs('stride', `its rows of ${table} were written with ${written.stride} words and have ${read.stride}`);
  if (written.sha256 !== read.sha256) throw differs('table', `its table ${table} is not what was written: the SHA-256 of its rows differs`);
}

function differs(what: string, why: string): CorruptionError {
  return new CorruptionError(`snapshot_${what}`, `a snapshot is refused: ${why}`);
}
