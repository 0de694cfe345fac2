/**
 * An exported model read back: every file is checked against the manifest before a word of it is used, and a file that is
 * missing, damaged or of another shape is a `UsageError` that names it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TableRows } from '@freshet/shared/codec/delta';
import { decodeNpy, floatsOf, type Npy, wordsOf } from '@freshet/shared/codec/npy';
import { cleanText } from '@freshet/shared/domain/text';
import { strideOf, type TableName, TABLES } from '@freshet/shared/domain/tables';
import { toError, UsageError } from '@freshet/shared/errors';
import { type Column, columnsOf, idsFile, put } from './columns.js';
import { type Manifest, MANIFEST, parseManifest, VOCABULARY, WORDS } from './manifest.js';
import type { ModelRows } from './model-rows.js';

export interface ReadModel extends ModelRows {
  readonly manifest: Manifest;
}

export async function readDirectory(directory: string): Promise<ReadModel> {
  const where = path.join(directory, MANIFEST);
  const text = await readFile(where, 'utf8').catch((cause: unknown) => {
    throw new UsageError('model_files', `${directory} has no ${MANIFEST}: it is no exported model, or its export did not end`, { cause });
  });
  const manifest = parseManifest(text, where);
  const open = opener(directory, manifest);
  const names = parseVocabulary((await open(VOCABULARY)).toString('utf8'), { where: path.join(directory, VOCABULARY), key: 'item', first: 1 });
  const words = open.has(WORDS) ? parseVocabulary((await open(WORDS)).toString('utf8'), { where: path.join(directory, WORDS), key: 'word', first: 0 }) : [];
  const tables: TableRows[] = [];
  for (const table of TABLES) {
    const rows = await readTable(table, manifest, open);
    if (rows !== undefined) tables.push(rows);
  }
  return { manifest, dim: manifest.dim, configHash: manifest.config_hash, names, words, tables };
}

type Open = ((name: string) => Promise<Buffer>) & { readonly has: (name: string) => boolean };

function opener(directory: string, { files }: Manifest): Open {
  const open = async (name: string): Promise<Buffer> => {
    const listed = files.find((file) => file.name === name);
    const where = path.join(directory, name);
    if (listed === undefined) throw new UsageError('model_files', `${path.join(directory, MANIFEST)} lists no ${name}`);
    const content = await readFile(where).catch((cause: unknown) => {
      throw new UsageError('model_files', `${where} can't be read: ${toError(cause).message}`, { cause });
    });
    const sha256 = createHash('sha256').update(content).digest('hex');
    if (sha256 !== listed.sha256) throw new UsageError('model_files', `${where} is not what was exported: its SHA-256 is ${sha256.slice(0, 12)}…, the manifest says ${listed.sha256.slice(0, 12)}…`);
    return content;
  };
  return Object.assign(open, { has: (name: string) => files.some((file) => file.name === name) });
}

/** Undefined when the model has no such table: it came later, or nothing was in it. */
async function readTable(table: TableName, { dim }: Manifest, open: Open): Promise<TableRows | undefined> {
  const columns = columnsOf(table, dim);
  if (!columns.some(({ name }) => open.has(`${name}.npy`))) return undefined;
  const stride = strideOf(table, dim);
  let values: Uint32Array | undefined;
  for (const column of columns) {
    const content = contentOf(await open(`${column.name}.npy`), column);
    values ??= new Uint32Array((content.length / column.words) * stride);
    if (content.length / column.words !== values.length / stride) {
      throw new UsageError('model_files', `${column.name}.npy has ${content.length / column.words} rows and another file of the table ${table} has ${values.length / stride}`);
    }
    put(values, content, { column, stride });
  }
  const rows = (values?.length ?? 0) / stride;
  const ids = open.has(`${idsFile(table)}.npy`) ? wordsOf(npyOf(await open(`${idsFile(table)}.npy`), idsFile(table))) : Uint32Array.from({ length: rows }, (_, row) => row);
  if (ids.length !== rows) throw new UsageError('model_files', `${idsFile(table)}.npy names ${ids.length} rows and the table has ${rows}`);
  return { table, ids, values: values ?? new Uint32Array() };
}

function contentOf(file: Buffer, { name, type, words }: Column): Uint32Array {
  const npy = npyOf(file, name);
  const width = npy.shape.slice(1).reduce((product, size) => product * size, 1);
  if (width !== words) throw new UsageError('model_files', `${name}.npy has ${width} columns and the manifest's dimension asks for ${words}`);
  if (type === 'u4') return wordsOf(npy);
  const floats = floatsOf(npy);
  return new Uint32Array(floats.buffer);
}

function npyOf(file: Buffer, name: string): Npy {
  try {
    return decodeNpy(file);
  } catch (cause) {
    throw new UsageError('model_files', `${name}.npy can't be used: ${toError(cause).message}`, { cause });
  }
}

interface VocabularyFile {
  readonly where: string;
  readonly key: 'item' | 'word';
  /** The lowest row that has a name. */
  readonly first: number;
}

function parseVocabulary(text: string, { where, key, first }: VocabularyFile): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  const known = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const { row, [key]: name } = parseLine(line);
    if (typeof row !== 'number' || !Number.isSafeInteger(row) || row < first || typeof name !== 'string' || name === '' || name !== cleanText(name)) {
      throw new UsageError('model_files', `${where}, line ${index + 1}: not {"row": a number from ${first}, "${key}": ${key === 'item' ? 'an id' : 'a word'}}`);
    }
    if (names[row] !== undefined || known.has(name)) throw new UsageError('model_files', `${where}, line ${index + 1}: row ${row} or ${key} ${JSON.stringify(name)} stands there twice`);
    names[row] = name;
    known.add(name);
  }
  return names;
}

function parseLine(line: string): { readonly row?: unknown; readonly item?: unknown; readonly word?: unknown } {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
