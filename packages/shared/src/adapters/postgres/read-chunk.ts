/** One chunk of a stored model, checked. */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { CorruptionError } from '../../errors.js';
import { copyRows } from './copy-binary.js';

/** `where` names one row of `snapshot_chunk`; `what` names it in a sentence. */
export async function readChunk(pool: Pool, where: string, what: string): Promise<Buffer> {
  const rows = await copyRows(pool, `select bytes, checksum from freshet.snapshot_chunk where ${where}`);
  const [bytes, checksum] = (rows[0] ?? []) as Buffer[];
  if (bytes === undefined || checksum === undefined) throw new CorruptionError('snapshot_chunk', `${what} is missing`);
  if (!sha256(bytes).equals(checksum)) throw new CorruptionError('snapshot_checksum', `${what} is not what was written`);
  return bytes;
}

export function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
