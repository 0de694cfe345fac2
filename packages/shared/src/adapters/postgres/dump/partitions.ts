/**
 * Partitions as a dump describes them, in place of those that the migrations made.
 *
 * 1. A bound is text that goes into a statement: only the forms that Postgres itself prints, with plain literals, are taken.
 */
import type { ClientBase } from 'pg';
import { CorruptionError } from '../../../errors.js';
import { type DumpPartition, quoted, quoteName, readPartitions } from './content.js';

const LITERAL = String.raw`(?:-?\d+(?:\.\d+)?|'(?:[^'\\]|'')*'|MINVALUE|MAXVALUE|NULL|true|false)`;
const LIST = String.raw`\(${LITERAL}(?:, ${LITERAL})*\)`;
const BOUND = new RegExp(String.raw`^(?:DEFAULT|FOR VALUES (?:FROM ${LIST} TO ${LIST}|IN ${LIST}|WITH \(modulus \d+, remainder \d+\)))$`);

export function isBound(text: string): boolean {
  return BOUND.test(text);
}

export async function makePartitions(client: ClientBase, partitions: readonly DumpPartition[]): Promise<void> {
  // One level is enough: what was partitioned below goes with its parent.
  for (const made of await readPartitions(client)) await client.query(`drop table if exists ${quoted(made)}`);
  for (const partition of partitions) {
    const { schema, parent, bound } = partition;
    if (!isBound(bound)) throw new CorruptionError('backup_partition', `the backup's partition ${schema}.${partition.name} has bounds that can't be read: ${bound}`);
    await client.query(`create table ${quoted(partition)} partition of ${quoteName(schema)}.${quoteName(parent)} ${bound}`);
  }
}
