/**
 * What a dump of a Freshet database consists of, read from Postgres's catalogue: no table is named here, so a migration's new
 * table is in the next dump.
 *
 * Definitions aren't dumped but made again by the migrations up to `level`; only partitions, which processes make, are
 * described. The migrations' own ledgers are part of the level, not of the data.
 */
import type { ClientBase } from 'pg';
import { LEDGER, QUEUE_SCHEMA, SCHEMA, type SchemaLevel } from '../schema-level.js';

/** A table of one of the two schemas. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export interface DumpTable extends TableName {
  /** Of the rows in a section, in this order. */
  readonly columns: readonly string[];
  /** COPY's format: text where a column's binary form depends on numbers that another database gives out anew. */
  readonly encoding: 'binary' | 'text';
}

export interface DumpPartition extends TableName {
  /** In the same schema. */
  readonly parent: string;
  /** As `create table … partition of` takes it: `FOR VALUES FROM (…) TO (…)`. */
  readonly bound: string;
}

export interface DumpSequence extends TableName {
  /** The last number given out; null for a sequence that has given none. */
  readonly last: string | null;
}

/** Where the database is, for people and for checks. */
export interface DumpPlace {
  /** The newest log entry. */
  readonly sequence: number;
  readonly modelVersion: number;
  /** The newest log entry that this version has learned. */
  readonly applied: number;
  /** Of the model's chain of deltas, in hex. */
  readonly modelChecksum: string;
}

export interface DumpContent {
  readonly level: SchemaLevel;
  /** The server's version, such as `18.4`. */
  readonly postgres: string;
  /** The database's clock when the snapshot was taken, RFC 3339. */
  readonly takenAt: string;
  readonly place: DumpPlace;
  /** Tables that others refer to come first. */
  readonly tables: readonly DumpTable[];
  readonly partitions: readonly DumpPartition[];
  readonly sequences: readonly DumpSequence[];
}

export const SCHEMAS: readonly string[] = [SCHEMA, QUEUE_SCHEMA];

function isLedger({ schema, name }: TableName): boolean {
  return SCHEMAS.includes(schema) && name === LEDGER;
}

/** Quoted, for a statement. */
export function quoted({ schema, name }: TableName): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function sameTable(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.name === b.name;
}

export interface CatalogueTable extends DumpTable {
  readonly bytes: number;
  /** A partitioned table: its rows are in its partitions. */
  readonly partitioned: boolean;
}

interface TableRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly partitioned: boolean;
  readonly bytes: string;
  readonly columns: readonly string[] | null;
  readonly foreign_types: boolean;
  readonly needs: readonly string[] | null;
}

/** Enums travel by name; everything else that a database makes itself travels by number. */
const TABLES = `
  select c.oid::text as oid, n.nspname as schema, c.relname as name, c.relkind = 'p' as partitioned,
    pg_table_size(c.oid) as bytes,
    (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    exists (select 1 from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and t.oid >= 16384 and t.typtype <> 'e') as foreign_types,
    (select array_agg(k.confrelid::text) from pg_constraint k where k.conrelid = c.oid and k.contype = 'f') as needs
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1) and c.relkind in ('r', 'p') and c.relpersistence <> 't'
  order by n.nspname desc, c.relname`;

/** All tables but the ledgers, those that others refer to first. */
export async function readTables(client: ClientBase): Promise<readonly CatalogueTable[]> {
  const found = await client.query<TableRow>(TABLES, [SCHEMAS]);
  return neededFirst(found.rows)
    .filter((row) => !isLedger(row))
    .map(({ schema, name, partitioned, bytes, columns, foreign_types: byNumber }) => ({
      schema, name, partitioned, bytes: Number(bytes), columns: columns ?? [], encoding: byNumber ? 'text' : 'binary',
    }));
}

/** Depth first along the references; a circle (there is none) would be cut where it is entered. */
function neededFirst(rows: readonly TableRow[]): readonly TableRow[] {
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  const ordered = new Set<TableRow>();
  const entered = new Set<TableRow>();
  const visit = (row: TableRow | undefined): void => {
    if (row === undefined || entered.has(row)) return;
    entered.add(row);
    for (const oid of row.needs ?? []) visit(byOid.get(oid));
    ordered.add(row);
  };
  for (const row of rows) visit(row);
  return [...ordered];
}

/** Parents before their parts, where parts are partitioned themselves. */
export async function readPartitions(client: ClientBase): Promise<readonly DumpPartition[]> {
  const found = await client.query<DumpPartition>(
    `with recursive part as (
       select c.oid, 1 as depth from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any($1) and c.relkind = 'p' and not c.relispartition
       union all
       select i.inhrelid, part.depth + 1 from part join pg_inherits i on i.inhparent = part.oid)
     select n.nspname as schema, c.relname as name, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound
     from part join pg_class c on c.oid = part.oid join pg_namespace n on n.oid = c.relnamespace
     join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent and p.relnamespace = c.relnamespace
     order by part.depth, n.nspname, c.relname`,
    [SCHEMAS],
  );
  return found.rows;
}

export async function readSequences(client: ClientBase): Promise<readonly DumpSequence[]> {
  const found = await client.query<DumpSequence>(
    `select schemaname as schema, sequencename as name, last_value::text as last from pg_sequences
     where schemaname = any($1) order by schemaname, sequencename`,
    [SCHEMAS],
  );
  return found.rows;
}

export async function readPlace(client: ClientBase): Promise<DumpPlace> {
  const found = await client.query<{ sequence: string; version: string; applied: string; checksum: Buffer }>(
    `select c.last as sequence, t.version, t.applied, t.checksum
     from ${SCHEMA}.log_counter c cross join (select * from ${SCHEMA}.trainer_state order by lineage desc limit 1) t`,
  );
  const row = found.rows[0];
  return {
    sequence: Number(row?.sequence ?? 0),
    modelVersion: Number(row?.version ?? 0),
    applied: Number(row?.applied ?? 0),
    modelChecksum: row?.checksum.toString('hex') ?? '',
  };
}
