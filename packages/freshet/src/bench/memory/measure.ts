/** Resident memory of this process, as it is when garbage has been collected. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type BenchContext, round } from '../bench.js';

/** The runtime's other threads give pages back after a collection: memory is read until it hasn't fallen for so long, and no longer than that. */
const STILL_MS = 500;
const LONGEST_MS = 10_000;

export interface Parts {
  /** What each part has grown the process by so far, in MB. */
  readonly parts: Readonly<Record<string, number>>;
  /** Fills a part and measures it. */
  readonly part: (name: string, fill: () => unknown) => Promise<void>;
}

/** Begins with what the process takes by itself. */
export async function measureParts({ say, signal }: Pick<BenchContext, 'say' | 'signal'>): Promise<Parts> {
  const measure = startMeasuring();
  const parts: Record<string, number> = { process_mb: await measure() };
  return {
    parts,
    async part(name, fill) {
      signal.throwIfAborted();
      await fill();
      parts[name] = await measure();
      say(`${name}: ${parts[name]} MB`);
    },
  };
}

/** What resident memory has grown by since the last call, in MB. */
function startMeasuring(): () => Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let last = 0;
  return async () => {
    // Twice, with a turn between them: buffers are given back by finalizers.
    for (let times = 0; times < 2; times++) {
      collect();
      await setImmediate();
    }
    const rss = await settled();
    const grown = rss - last;
    last = rss;
    return megabytes(grown);
  };
}

/** Resident memory when it falls no more. */
async function settled(): Promise<number> {
  let least = process.memoryUsage.rss();
  for (let waited = 0, still = 0; still < STILL_MS && waited < LONGEST_MS; waited += STILL_MS / 5) {
    await setTimeout(STILL_MS / 5);
    const rss = process.memoryUsage.rss();
    still = rss < least ? 0 : still + STILL_MS / 5;
    least = Math.min(least, rss);
  }
  return least;
}

export function megabytes(bytes: number): number {
  return round(bytes / 1e6);
}
