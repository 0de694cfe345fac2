/** Candidates in memory. Same contract as the Postgres adapter. */
import { createHash, randomUUID } from 'node:crypto';
import { decodeDelta } from '../../codec/delta.js';
import { createManifest } from '../../codec/manifest.js';
import { CorruptionError } from '../../errors.js';
import type { Candidate, CandidateStore } from '../../ports/candidates.js';
import type { Clock } from '../../ports/clock.js';

export interface StoredChunk {
  bytes: Buffer;
  readonly checksum: Buffer;
}

export interface MemoryCandidates extends CandidateStore {
  /** Takes it out: it becomes a snapshot. */
  take(candidate: Candidate): readonly StoredChunk[];
}

export function memoryCandidates(clock: Pick<Clock, 'now'>): MemoryCandidates {
  const stored = new Map<string, { readonly chunks: StoredChunk[]; readonly at: number }>();
  return {
    begin() {
      const id = randomUUID();
      const chunks: StoredChunk[] = [];
      const manifest = createManifest();
      stored.set(id, { chunks, at: clock.now() });
      return {
        async chunk(bytes) {
          manifest.add(decodeDelta(bytes));
          chunks.push({ bytes: Buffer.from(bytes), checksum: createHash('sha256').update(bytes).digest() });
        },
        finish: () => ({ id, chunks: chunks.length, bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0), manifest: manifest.finish() }),
      };
    },
    async *chunks({ id, chunks }) {
      const found = stored.get(id)?.chunks ?? [];
      for (let chunk = 0; chunk < chunks; chunk++) {
        const one = found[chunk];
        if (one === undefined) throw new CorruptionError('snapshot_chunk', `chunk ${chunk} of a candidate is missing`);
        yield await Promise.resolve(one.bytes);
      }
    },
    async drop(id) {
      stored.delete(id);
    },
    async sweep(maxAgeMs, except) {
      const old = [...stored].filter(([id, { at }]) => at < clock.now() - maxAgeMs && !except.includes(id));
      for (const [id] of old) stored.delete(id);
      return old.length;
    },
    take({ id, chunks }) {
      const found = stored.get(id)?.chunks ?? [];
      if (found.length !== chunks) throw new CorruptionError('candidate_gone', `${found.length} of the ${chunks} chunks of the candidate are there`);
      stored.delete(id);
      return found;
    },
  };
}
