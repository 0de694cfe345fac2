/** A candidate of another model than the live one, its promotion, and what a follower's tables hold. */
import { chainChecksum, type Delta, encodeDelta, FLAG_PROMOTED } from '@freshet/shared/codec/delta';
import type { Candidate } from '@freshet/shared/ports/candidates';
import { expect } from 'vitest';
import type { Following, Site } from './follower.js';
import { CONFIG_HASH, DIM, makeModel, MODEL, NOW, tablesOf } from './model.js';

export const CANDIDATE_ITEMS = 20;
const CANDIDATE_SEED = 77;

export async function writeCandidate(site: Site): Promise<Candidate> {
  const data = makeModel(CANDIDATE_SEED, CANDIDATE_ITEMS);
  const writer = site.candidates.begin();
  const vocabulary = data.rows.flatMap(({ row, name }) => (name === undefined ? [] : [{ row, name }]));
  await writer.chunk(encodeDelta({ header: { flags: 0, version: 0, fromSeq: 0, toSeq: 0, learnedMs: NOW, epoch: 0, dim: DIM, configHash: CONFIG_HASH, trainingHash: 0 }, vocabulary, tables: tablesOf(data) }));
  return writer.finish();
}

/** `own`: what the promotion itself has learned; nothing without it. Gives its version. */
export async function promoteCandidate(site: Site, candidate: Candidate, own: Pick<Delta, 'vocabulary' | 'tables'> = { vocabulary: [], tables: [] }): Promise<number> {
  const { version, applied, checksum } = await site.deltas.state();
  const header = { flags: FLAG_PROMOTED, version: version + 1, fromSeq: applied + 1, toSeq: applied, learnedMs: NOW, epoch: 1, dim: DIM, configHash: CONFIG_HASH, trainingHash: 0 };
  const bytes = encodeDelta({ header, ...own });
  const timings = { receivedAt: NOW, takenAt: NOW, trainedAt: NOW, committedAt: NOW };
  const delta = { version: version + 1, epoch: 1, fromSeq: applied + 1, toSeq: applied, bytes, checksum: chainChecksum(checksum, bytes), timings };
  expect(await site.deltas.promote(delta, { candidate, kind: 'refit', reason: 'better' })).toBe('committed');
  return version + 1;
}

export function heldBy({ follower }: Following): unknown {
  const { set } = follower.view();
  return [set.rows, set.embeddings.slice(0, set.rows * DIM), set.served.slice(0, set.rows), set.followers.slice(0, set.rows * MODEL.followers), set.dense.slice(), Array.from({ length: set.rows }, (_, row) => set.nameOf(row))];
}
