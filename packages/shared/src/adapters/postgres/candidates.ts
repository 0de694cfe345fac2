/** Candidates on Postgres: chunks without a version, kept apart from those of a snapshot that was never finished. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Candidate, CandidateStore, CandidateWriter } from '../../ports/candidates.js';
import { decodeDelta } from '../../codec/delta.js';
import { createManifest } from '../../codec/manifest.js';
import { readChunk, sha256 } from './read-chunk.js';

const UUID = /^[0-9a-f-]{36}$/;

export function postgresCandidates(pool: Pool, lineage = 1): CandidateStore {
  return {
    begin: () => writer(pool, lineage),
    chunks: (candidate) => readChunks(pool, lineage, candidate),
    async drop(id) {
      await pool.query('delete from freshet.snapshot_chunk where lineage = $1 and cut = $2 and version_end is null', [lineage, id]);
    },
    async sweep(maxAgeMs, except) {
      const gone = await pool.query<{ n: string }>(
        `with gone as (
           delete from freshet.snapshot_chunk where lineage = $1 and version_end is null and kept
             and written_at < now() - make_interval(secs => $2) and not (cut = any($3::uuid[])) returning cut)
         select count(distinct cut) as n from gone`,
        [lineage, maxAgeMs / 1_000, except],
      );
      return Number(gone.rows[0]?.n ?? 0);
    },
  };
}

function writer(pool: Pool, lineage: number): CandidateWriter {
  const id = randomUUID();
  let chunks = 0;
  let bytes = 0;
  const manifest = createManifest();
  return {
    async chunk(content) {
      manifest.add(decodeDelta(content));
      await pool.query('insert into freshet.snapshot_chunk (lineage, cut, chunk, version, bytes, checksum, kept) values ($1, $2, $3, 0, $4, $5, true)', [
        lineage, id, chunks, content, sha256(content),
      ]);
      chunks++;
      bytes += content.length;
    },
    finish: () => ({ id, chunks, bytes, manifest: manifest.finish() }),
  };
}

async function* readChunks(pool: Pool, lineage: number, { id, chunks }: Candidate): AsyncGenerator<Buffer> {
  // It stands in a COPY, which takes no parameters.
  if (!UUID.test(id)) throw new RangeError(`${id} is no candidate's id`);
  for (let chunk = 0; chunk < chunks; chunk++) {
    yield await readChunk(pool, `lineage = ${lineage} and cut = '${id}' and chunk = ${chunk}`, `chunk ${chunk} of a candidate`);
  }
}
