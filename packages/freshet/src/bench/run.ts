/**
 * All benches by name: what the command line lists, and the one function that runs one.
 *
 * 1. Each result says what it measures, what not, and on which machine.
 * 2. Whatever a bench starts is stopped and removed when it ends, fails or is aborted.
 */
import { UsageError } from '@freshet/shared/errors';
import { backlogBench } from './backlog.js';
import type { Bench, BenchContext, BenchResult } from './bench.js';
import { changeBench } from './change/change.js';
import { diversityBench } from './diversity/diversity.js';
import { freshnessBench } from './freshness/freshness.js';
import { importBench } from './import.js';
import { ingestBench } from './ingest.js';
import type { Flags } from './options.js';
import { memoryBench } from './memory/memory.js';
import { scanBench } from './scan/scan.js';
import { searchBench } from './search/search.js';
import { serveBench } from './serve/serve.js';
import { soakBench } from './soak/soak.js';
import { swapBench } from './swap/swap.js';
import { trainBench } from './train.js';

export const BENCHES = {
  ingest: ingestBench, import: importBench, train: trainBench, backlog: backlogBench, memory: memoryBench, scan: scanBench, diversity: diversityBench, search: searchBench, serve: serveBench, change: changeBench, freshness: freshnessBench, swap: swapBench, soak: soakBench,
} as const satisfies Record<string, Bench>;

export type BenchName = keyof typeof BENCHES;

function isBenchName(name: string): name is BenchName {
  return Object.hasOwn(BENCHES, name);
}

/** `flags` by name in camel case, as commander has them; a `UsageError` for one that can't be read. */
export function runBench(name: string, flags: Flags, context: BenchContext): Promise<BenchResult> {
  if (isBenchName(name)) return BENCHES[name].run(flags, context);
  throw new UsageError('bench_name', `there is no bench “${name}”; there are ${Object.keys(BENCHES).join(', ')}`);
}
