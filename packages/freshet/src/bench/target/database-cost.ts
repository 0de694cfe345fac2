/**
 * What an embedded Postgres has spent: CPU of all its processes, and write-ahead log. Unlike events a second, both say the same on
 * a machine that is busy with something else.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { BenchPool } from './pool.js';

export interface DatabaseCost {
  /** Undefined where there is no /proc. */
  readonly cpuSeconds: number | undefined;
  readonly walBytes: number;
}

/** The clock that /proc counts in: 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat behind the name: parent, user and system time, those of children that have ended. */
const PARENT = 1;
const OWN_TIMES = [11, 12] as const;
const ENDED_TIMES = [13, 14] as const;

export async function databaseCost(pool: BenchPool, postmaster: number): Promise<DatabaseCost> {
  const { rows } = await pool.query<{ bytes: string }>(`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes`);
  return { cpuSeconds: await cpuSeconds(postmaster), walBytes: Number(rows[0]?.bytes ?? 0) };
}

async function cpuSeconds(postmaster: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  let ticks = 0;
  for (const name of await readdir('/proc')) {
    const fields = /^\d+$/.test(name) ? await readStat(name) : undefined;
    if (fields === undefined) continue;
    const isServer = Number(name) === postmaster;
    if (isServer || fields[PARENT] === postmaster) ticks += sum(fields, OWN_TIMES);
    // Backends that have ended since are counted with the server that started them.
    if (isServer) ticks += sum(fields, ENDED_TIMES);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Undefined for a process that has ended meanwhile. The name may hold spaces and parentheses. */
async function readStat(pid: string): Promise<readonly number[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
}

function sum(fields: readonly number[], places: readonly number[]): number {
  return places.reduce((total, place) => total + (fields[place] ?? 0), 0);
}
