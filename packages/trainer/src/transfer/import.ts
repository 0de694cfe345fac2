/**
 * Begins a lineage with rows from outside: they are written as a candidate, and promoted in one commit (docs/decisions/013).
 *
 * 1. Killed anywhere before that commit nothing has changed; after it the model is there whole.
 * 2. What the log says is learned on top: `applied` doesn't move.
 */
import { chainChecksum, type Delta, encodeDelta, FLAG_PROMOTED, FLAG_RESTARTED, type TableRows, type VocabularyEntry } from '@freshet/shared/codec/delta';
import { configHash, type ModelConfig, trainingHash } from '@freshet/shared/domain/model-config';
import { strideOf } from '@freshet/shared/domain/tables';
import { FencedError } from '@freshet/shared/errors';
import type { Candidate, CandidateStore } from '@freshet/shared/ports/candidates';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { ModelRows } from './model-rows.js';

export interface ImportStores {
  readonly deltas: DeltaLog;
  readonly candidates: CandidateStore;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ImportOptions {
  readonly model: ModelConfig;
  /** Of the lease that the caller holds. */
  readonly epoch: number;
  readonly reason: string;
}

export interface Imported {
  readonly version: number;
  readonly items: number;
}

/** Rows of a chunk: about a megabyte at dimension 64. Cells of followers are small: more of them. */
const CHUNK_ROWS = 4_096;
const CHUNK_CELLS = 32_768;

export async function importModel(stores: ImportStores, rows: ModelRows, { model, epoch, reason }: ImportOptions): Promise<Imported> {
  const candidate = await writeCandidate(stores, rows, epoch);
  const state = await stores.deltas.state();
  const version = state.version + 1;
  const [fromSeq, toSeq] = [state.applied + 1, state.applied];
  const header = { flags: FLAG_PROMOTED | FLAG_RESTARTED, version, fromSeq, toSeq, learnedMs: stores.clock.now(), epoch, dim: model.dim, configHash: configHash(model), trainingHash: trainingHash(model) };
  const bytes = encodeDelta({ header, vocabulary: [], tables: [] });
  const timings = { receivedAt: 0, takenAt: 0, trainedAt: 0, committedAt: stores.clock.now() };
  const delta = { version, epoch, fromSeq, toSeq, bytes, checksum: chainChecksum(state.checksum, bytes), timings };
  if ((await stores.deltas.promote(delta, { candidate, kind: 'import', reason })) === 'fenced') {
    throw new FencedError('fenced', 'a trainer has taken over while the model was being imported: nothing was changed');
  }
  return { version, items: rows.names.filter((name) => name !== undefined).length };
}

async function writeCandidate({ candidates, clock }: ImportStores, { dim, configHash: hash, names, words, tables }: ModelRows, epoch: number): Promise<Candidate> {
  const writer = candidates.begin();
  const header = { flags: 0, version: 0, fromSeq: 0, toSeq: 0, learnedMs: clock.now(), epoch, dim, configHash: hash, trainingHash: 0 };
  const write = (content: Pick<Delta, 'vocabulary' | 'tables'>): Promise<void> => writer.chunk(encodeDelta({ header, ...content }));
  const vocabularyOf = ({ table, ids }: TableRows): VocabularyEntry[] => {
    if (table === 'word') return namesIn(words, ids).map((entry) => ({ ...entry, table }));
    return table === 'item' ? namesIn(names, ids) : [];
  };
  for (const rows of tables) {
    for (const slice of slicesOf(rows, dim)) await write({ vocabulary: vocabularyOf(slice), tables: [slice] });
  }
  return writer.finish();
}

function* slicesOf({ table, ids, values }: TableRows, dim: number): Generator<TableRows> {
  const stride = strideOf(table, dim);
  const size = table === 'follow' ? CHUNK_CELLS : CHUNK_ROWS;
  for (let from = 0; from < ids.length; from += size) {
    yield { table, ids: ids.slice(from, from + size), values: values.slice(from * stride, (from + size) * stride) };
  }
}

function namesIn(names: ModelRows['names'], ids: Uint32Array): VocabularyEntry[] {
  return [...ids].flatMap((row) => {
    const name = names[row];
    return name === undefined ? [] : [{ row, name }];
  });
}
