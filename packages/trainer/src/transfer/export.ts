/**
 * A stored version of the model as a directory of NPY files that `numpy.load` reads, with a manifest.
 *
 * 1. What is written is what the checked chain of snapshot and deltas gives, word by word: read back it gives the same answers.
 * 2. The manifest comes last: a directory without one is not whole. An existing directory must be empty.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeNpy } from '@freshet/shared/codec/npy';
import { followersOf, type ModelConfig } from '@freshet/shared/domain/model-config';
import { strideOf } from '@freshet/shared/domain/tables';
import { UsageError } from '@freshet/shared/errors';
import { loadModel, loadVersion, type ModelPosition } from '@freshet/shared/model/load';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import { columnsOf, idsFile, pick } from './columns.js';
import { encodeManifest, MANIFEST, type ManifestFile, VOCABULARY, WORDS } from './manifest.js';
import { createRowCollector, type ModelRows } from './model-rows.js';

export interface ExportStores {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
}

export interface ExportOptions {
  readonly directory: string;
  /** Default: the newest. */
  readonly version?: number | undefined;
  readonly temperature: ModelConfig['temperature'];
  /** Named in the manifest. */
  readonly release: string;
}

export interface ExportResult {
  readonly directory: string;
  readonly version: number;
  readonly applied: number;
  readonly items: number;
  readonly dim: number;
  readonly files: readonly ManifestFile[];
}

export async function exportModel(stores: ExportStores, options: ExportOptions): Promise<ExportResult> {
  await makeEmpty(options.directory);
  const { position, rows } = await read(stores, options.version);
  const files = [...(await writeTables(options.directory, rows)), ...(await writeVocabularies(options.directory, rows))];
  const { version, applied } = position;
  const items = rows.names.filter((name) => name !== undefined).length;
  const followers = followersOf(rows.configHash, { dim: rows.dim, temperature: options.temperature });
  if (followers === undefined) throw new UsageError('model_config', `version ${version} was not learned at temperature ${options.temperature}: this release can't say what its rows mean`);
  const about = { dim: rows.dim, temperature: options.temperature, config_hash: rows.configHash, followers, version, applied, items };
  await writeFile(path.join(options.directory, MANIFEST), encodeManifest({ ...about, made_by: `Freshet ${options.release}`, files }));
  return { directory: options.directory, version, applied, items, dim: rows.dim, files };
}

async function makeEmpty(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) throw new UsageError('directory_not_empty', `${directory} is not empty: a model is exported into a directory of its own`);
}

async function read(stores: ExportStores, version: number | undefined): Promise<{ position: ModelPosition; rows: ModelRows }> {
  const collector = createRowCollector();
  const rest = (): Promise<void> => Promise.resolve();
  if (version !== undefined) await checkStored(stores, version);
  const position = await (version === undefined ? loadModel(stores, collector.sink) : loadVersion(stores, collector.sink, { version, rest }));
  const rows = collector.rows();
  if (rows === undefined) throw new UsageError('no_model', 'the database holds no model yet: nothing has been learned');
  return { position, rows };
}

async function checkStored({ snapshots }: ExportStores, version: number): Promise<void> {
  const ranges = await snapshots.rebuildable();
  if (ranges.some(({ from, to }) => from <= version && version <= to)) return;
  const held = ranges.map(({ from, to }) => `${from} to ${to}`).join(', ');
  throw new UsageError('version_not_rebuildable', `version ${version} can't be rebuilt from what is stored: ${held === '' ? 'none can' : `${held} can`}`);
}

async function writeTables(directory: string, { dim, tables }: ModelRows): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const { table, ids, values } of tables) {
    if (!ids.every((id, place) => id === place)) files.push(await write(directory, `${idsFile(table)}.npy`, encodeNpy(ids, [ids.length])));
    for (const column of columnsOf(table, dim)) {
      const content = pick(values, table, { column, dim });
      const rows = values.length / strideOf(table, dim);
      files.push(await write(directory, `${column.name}.npy`, encodeNpy(content, column.words === 1 ? [rows] : [rows, column.words])));
    }
  }
  return files;
}

async function writeVocabularies(directory: string, { names, words }: ModelRows): Promise<ManifestFile[]> {
  const items = names.flatMap((item, row) => (item === undefined ? [] : [`${JSON.stringify({ row, item })}\n`]));
  const files = [await write(directory, VOCABULARY, Buffer.from(items.join('')))];
  const lines = words.flatMap((word, row) => (word === undefined ? [] : [`${JSON.stringify({ row, word })}\n`]));
  return lines.length === 0 ? files : [...files, await write(directory, WORDS, Buffer.from(lines.join('')))];
}

async function write(directory: string, name: string, content: Buffer): Promise<ManifestFile> {
  await writeFile(path.join(directory, name), content);
  return { name, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
}
