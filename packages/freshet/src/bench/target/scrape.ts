/** Figures from `/metrics`: the Prometheus text format, as far as benches read it. */
import type { Caller } from '../load/caller.js';

export type Scrape = ReadonlyMap<string, number>;

/** By name with labels, as the text has it: `freshet_dead_letters{queue="ingest"}`. */
export function parseMetrics(text: string): Scrape {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (!line.startsWith('#') && space > 0) values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return values;
}

export async function scrape(caller: Caller): Promise<Scrape> {
  return parseMetrics((await caller.get('/metrics')).body.toString('utf8'));
}

/** The sum over all labels of `name`; 0 when there is none. */
export function total(values: Scrape, name: string): number {
  let sum = 0;
  for (const [key, value] of values) if (key === name || key.startsWith(`${name}{`)) sum += value;
  return sum;
}

export function residentMegabytes(values: Scrape): number {
  return Math.round(total(values, 'process_resident_memory_bytes') / 2 ** 20);
}
