/**
 * Cores that the measured process and the load generator (this process) have used, so that a reader sees which of them
 * was the limit. Postgres and its own processes aren't in it.
 */
import { round } from '../bench.js';
import type { Caller } from '../load/caller.js';
import { scrape, total } from './scrape.js';

export interface CpuUse {
  readonly freshet: number;
  readonly generator: number;
}

export interface CpuMeter {
  read(): Promise<CpuUse>;
  /** Of the measured process alone. */
  seconds(): Promise<number>;
}

export async function startCpuMeter(caller: Caller): Promise<CpuMeter> {
  const began = performance.now();
  const own = process.cpuUsage();
  const before = total(await scrape(caller), 'process_cpu_seconds_total');
  const used = async (): Promise<number> => total(await scrape(caller), 'process_cpu_seconds_total') - before;
  return {
    seconds: used,
    async read() {
      const { user, system } = process.cpuUsage(own);
      const seconds = (performance.now() - began) / 1_000;
      return { freshet: round((await used()) / seconds), generator: round((user + system) / 1e6 / seconds) };
    },
  };
}
