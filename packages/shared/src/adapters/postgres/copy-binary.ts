/**
 * Rows by COPY … TO STDOUT (FORMAT binary): the fast way to read `bytea`, which node-postgres otherwise gets as hex text.
 *
 * In: a SELECT without parameters (COPY takes none), so only checked integers and escaped texts may be written into it. Out: every row's fields
 * in Postgres's binary format: `bytea` as it is, `bigint` as 8 bytes, big-endian.
 * 1. All rows or an error; a connection that broke or was cut short is not used again.
 * The whole result is held in memory: page what can be large. A field is a view of the result's one buffer, so a field that is
 * kept keeps all of them: copy what lives longer than the page.
 */
import { Buffer } from 'node:buffer';
import { to as copyTo } from 'pg-copy-streams';
import type { ClientBase, Pool } from 'pg';
import { CorruptionError, toError } from '../../errors.js';

/** One field each; null is SQL's. */
export type CopyRow = readonly (Buffer | null)[];

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;

export async function copyRows(pool: Pool, select: string): Promise<readonly CopyRow[]> {
  const client = await pool.connect();
  try {
    const rows = await copyRowsOn(client, select);
    client.release();
    return rows;
  } catch (thrown) {
    client.release(toError(thrown));
    throw thrown;
  }
}

/** The same inside a transaction of the caller's; after an error the caller must drop the connection. */
async function copyRowsOn(client: ClientBase, select: string): Promise<readonly CopyRow[]> {
  const stream: CopyStream = client.query(copyTo(`copy (${select}) to stdout (format binary)`));
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } finally {
    // node-postgres has put its answer timer's end here and expects every query to call it.
    stream.callback?.();
  }
  return parseCopy(Buffer.concat(chunks));
}

type CopyStream = ReturnType<typeof copyTo> & { readonly callback?: () => void };

/** The binary COPY format: header, then (field count, (length, bytes)…) for each row, then -1. */
export function parseCopy(data: Buffer): readonly CopyRow[] {
  if (data.length < HEADER_BYTES || data.compare(SIGNATURE, 0, SIGNATURE.length, 0, SIGNATURE.length) !== 0) {
    throw new CorruptionError('copy_format', 'Postgres sent something else than binary COPY data');
  }
  const rows: CopyRow[] = [];
  let offset = HEADER_BYTES + data.readUInt32BE(HEADER_BYTES - 4);
  for (let fields = readCount(data, offset); fields >= 0; fields = readCount(data, offset)) {
    offset += 2;
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < fields; field++) {
      const length = readLength(data, offset);
      offset += 4;
      row.push(length < 0 ? null : data.subarray(offset, offset + length));
      offset += Math.max(0, length);
    }
    rows.push(row);
  }
  return rows;
}

function readCount(data: Buffer, offset: number): number {
  if (offset + 2 > data.length) throw cutShort();
  return data.readInt16BE(offset);
}

function readLength(data: Buffer, offset: number): number {
  if (offset + 4 > data.length) throw cutShort();
  const length = data.readInt32BE(offset);
  if (offset + 4 + length > data.length) throw cutShort();
  return length;
}

function cutShort(): CorruptionError {
  return new CorruptionError('copy_cut_short', 'the binary COPY data ends in the middle of a row');
}
