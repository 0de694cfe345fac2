/** What a process under test holds in memory once its garbage is collected (memory-probe.cjs). */
import { fileURLToPath } from 'node:url';
import type { FreshetCommand } from './freshet-command.js';
import { until } from './until.js';

export interface Held {
  readonly heapMb: number;
  readonly residentMb: number;
}

/** To be given to the process as its environment. */
export const PROBED = { NODE_OPTIONS: `--require=${fileURLToPath(new URL('memory-probe.cjs', import.meta.url))}` };

const MB = 1_024 * 1_024;
const SAMPLES = 3;

/** The least of some samples: between them the process goes on working. */
export async function heldMemory(freshet: FreshetCommand): Promise<Held> {
  const samples: Held[] = [];
  for (let n = 0; n < SAMPLES; n++) samples.push(await sample(freshet));
  return { heapMb: Math.min(...samples.map((one) => one.heapMb)), residentMb: Math.min(...samples.map((one) => one.residentMb)) };
}

async function sample(freshet: FreshetCommand): Promise<Held> {
  const said = freshet.stderr().length;
  process.kill(freshet.pid, 'SIGUSR2');
  const usage = await until('the memory probe answers', () => /^memory-probe (\{.*\})$/m.exec(freshet.stderr().slice(said))?.[1]);
  const { heapUsed, rss } = JSON.parse(usage) as { readonly heapUsed: number; readonly rss: number };
  return { heapMb: heapUsed / MB, residentMb: rss / MB };
}
