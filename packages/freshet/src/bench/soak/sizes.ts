/** What a process and its data directory take at a moment. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Caller } from '../load/caller.js';
import { residentMegabytes, type Scrape, scrape } from '../target/scrape.js';

export interface Sizes {
  readonly rss_mb: number;
  readonly heap_mb: number;
  /** The whole data directory as files have it, Postgres's write-ahead log included. */
  readonly disk_mb: number;
  /** What the database says of its parts. */
  readonly stored_mb: Readonly<Record<string, number>>;
}

export interface HourFigures extends Sizes {
  /** While the hour passed quickly. */
  readonly events_per_second: number;
  /** At the true rate. */
  readonly lag_ms: { readonly p50: number; readonly max: number };
}

export async function readSizes(caller: Caller, dir: string): Promise<Sizes> {
  const values = await scrape(caller);
  return {
    rss_mb: residentMegabytes(values),
    heap_mb: megabytes(values.get('nodejs_heap_size_used_bytes') ?? 0),
    disk_mb: megabytes(await bytesUnder(dir)),
    stored_mb: parts(values),
  };
}

function parts(values: Scrape): Readonly<Record<string, number>> {
  const found = [...values].flatMap(([key, bytes]) => {
    const part = /^freshet_storage_bytes\{part="(\w+)"\}$/.exec(key)?.[1];
    return part === undefined ? [] : [[part, megabytes(bytes)] as const];
  });
  return Object.fromEntries(found);
}

/** A file that goes meanwhile counts nothing. */
async function bytesUnder(place: string): Promise<number> {
  const entry = await lstat(place).catch(() => undefined);
  if (entry === undefined) return 0;
  if (!entry.isDirectory()) return entry.blocks * 512;
  let sum = 0;
  for (const name of await readdir(place).catch(() => [])) sum += await bytesUnder(path.join(place, name));
  return sum;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
