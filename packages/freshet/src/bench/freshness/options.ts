/** What `bench freshness` is asked for, and what it has measured. */
import type { Latencies } from '../load/latencies.js';
import type { LoadResult } from '../load/load.js';
import { COMMON_OPTIONS, option, wholeNumber } from '../options.js';
import type { CpuUse } from '../target/cpu.js';
import type { Ledger } from '../target/ledger.js';
import type { Scrape } from '../target/scrape.js';
import type { RefitTurns } from './refits.js';
import type { Stages } from './stages.js';

export const FRESHNESS_OPTIONS = {
  rate: wholeNumber('--rate <number>', { help: 'events a second', fallback: 1_000, from: 1, to: 100_000 }),
  batch: wholeNumber('--batch <events>', { help: 'events in a request', fallback: 10, from: 1, to: 1_000 }),
  seconds: wholeNumber('--seconds <number>', { help: 'measured seconds', fallback: 30, from: 1, to: 600 }),
  warmUpSeconds: wholeNumber('--warm-up-seconds <number>', { help: 'seconds under the same load before', fallback: 5, from: 0, to: 60 }),
  items: wholeNumber('--items <number>', { help: 'items of the catalogue', fallback: 20_000, from: 100, to: 200_000 }),
  users: wholeNumber('--users <number>', { help: 'shoppers', fallback: 50_000, from: 1, to: 1_000_000 }),
  history: wholeNumber('--history <events>', { help: 'events learned before anything is timed; 0: a shop that opens', fallback: 0, from: 0, to: 5_000_000 }),
  refitEpochs: wholeNumber('--refit-epochs <number>', { help: 'refits of so many epochs beside it, in turns with none; 0: none', fallback: 0, from: 0, to: 100 }),
  threads: wholeNumber('--threads <number>', { help: 'training threads', fallback: 1, from: 1, to: 64 }),
  budget: option({ flags: '--budget <adaptive|fixed>', help: 'whether training sheds replay and negatives when it falls behind', fallback: 'adaptive', parse: parseBudget }),
  ...COMMON_OPTIONS,
} as const;

function parseBudget(text: string): 'adaptive' | 'fixed' {
  if (text === 'adaptive' || text === 'fixed') return text;
  throw new RangeError('takes adaptive or fixed');
}

interface Probed {
  readonly latencies: Latencies;
  readonly missed: number;
  readonly skipped: number;
}

export interface Measured {
  readonly load: LoadResult;
  readonly totals: { readonly accepted: number; readonly measured: number; readonly last: number };
  readonly cores: CpuUse;
  readonly model: Probed;
  readonly ownList: Probed;
  readonly stages: Stages;
  /** Undefined without refits. */
  readonly refits: Pick<RefitTurns, 'without' | 'during' | 'promoted' | 'seconds'> | undefined;
  /** Of `/metrics`, around the measured seconds. */
  readonly before: Scrape;
  readonly after: Scrape;
  readonly ledger: Ledger;
}
