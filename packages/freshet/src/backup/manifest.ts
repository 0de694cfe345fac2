/**
 * What a backup says about itself: the database's level and place, and each section.
 *
 * 1. `parseManifest` takes nothing on trust: a field that is missing or of another type is a `CorruptionError` that names it.
 *    So is a table, partition or sequence of a schema that isn't ours: a forged backup touches nothing beside Freshet.
 * 2. Fields that it doesn't know are passed over, so that a later release may add some within a format.
 */
import { Buffer } from 'node:buffer';
import { CorruptionError } from '@freshet/shared/errors';
import { type DumpContent, type DumpPartition, type DumpPlace, type DumpSequence, SCHEMAS } from '@freshet/shared/adapters/postgres/dump/content';
import type { FilledTable } from '@freshet/shared/adapters/postgres/dump/target';

export interface Section extends FilledTable {
  /** Of the rows before they were gzipped. */
  readonly rawBytes: number;
  readonly offset: number;
  readonly bytes: number;
  /** Of the gzipped bytes, in hex. */
  readonly sha256: string;
}

export interface Manifest extends Omit<DumpContent, 'tables'> {
  /** That wrote the file. */
  readonly release: string;
  readonly tables: readonly Section[];
}

export function encodeManifest(manifest: Manifest): Buffer {
  return Buffer.from(JSON.stringify(manifest));
}

export function parseManifest(bytes: Buffer): Manifest {
  const root = new Reader(readJson(bytes), 'manifest');
  const level = root.child('level');
  return {
    release: root.text('release'),
    level: { files: level.list('files', (value, name) => textOf(value, name)), queue: level.whole('queue') },
    postgres: root.text('postgres'),
    takenAt: root.text('takenAt'),
    place: parsePlace(root.child('place')),
    tables: root.list('tables', (value, name) => parseSection(new Reader(value, name))),
    partitions: root.list('partitions', (value, name) => parsePartition(new Reader(value, name))),
    sequences: root.list('sequences', (value, name) => parseSequence(new Reader(value, name))),
  };
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new CorruptionError('backup_manifest', 'the backup’s manifest is not JSON', { cause });
  }
}

function parsePlace(place: Reader): DumpPlace {
  return { sequence: place.whole('sequence'), modelVersion: place.whole('modelVersion'), applied: place.whole('applied'), modelChecksum: place.text('modelChecksum') };
}

function parseSection(section: Reader): Section {
  const encoding = section.text('encoding');
  if (encoding !== 'binary' && encoding !== 'text') throw section.wrong('encoding');
  return {
    schema: schemaOf(section),
    name: section.text('name'),
    columns: section.list('columns', (value, name) => textOf(value, name)),
    encoding,
    rows: section.whole('rows'),
    rawBytes: section.whole('rawBytes'),
    offset: section.whole('offset'),
    bytes: section.whole('bytes'),
    sha256: section.text('sha256'),
  };
}

function parsePartition(partition: Reader): DumpPartition {
  return { schema: schemaOf(partition), name: partition.text('name'), parent: partition.text('parent'), bound: partition.text('bound') };
}

function parseSequence(sequence: Reader): DumpSequence {
  return { schema: schemaOf(sequence), name: sequence.text('name'), last: sequence.isNull('last') ? null : sequence.text('last') };
}

function schemaOf(object: Reader): string {
  const schema = object.text('schema');
  if (SCHEMAS.includes(schema)) return schema;
  throw object.wrong('schema');
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw wrong(name);
}

function wrong(name: string): CorruptionError {
  return new CorruptionError('backup_manifest', `the backup’s ${name} is missing or not what it should be`);
}

/** An object's fields, each checked as it is read. */
class Reader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #name: string;

  constructor(value: unknown, name: string) {
    if (typeof value !== 'object' || value === null) throw wrong(name);
    this.#value = value as Readonly<Record<string, unknown>>;
    this.#name = name;
  }

  wrong(field: string): CorruptionError {
    return wrong(`${this.#name}.${field}`);
  }

  isNull(field: string): boolean {
    return this.#value[field] === null;
  }

  text(field: string): string {
    return textOf(this.#value[field], `${this.#name}.${field}`);
  }

  whole(field: string): number {
    const value = this.#value[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.wrong(field);
  }

  child(field: string): Reader {
    return new Reader(this.#value[field], `${this.#name}.${field}`);
  }

  list<T>(field: string, parse: (value: unknown, name: string) => T): T[] {
    const value = this.#value[field];
    if (!Array.isArray(value)) throw this.wrong(field);
    return value.map((item: unknown, place) => parse(item, `${this.#name}.${field}[${place}]`));
  }
}
