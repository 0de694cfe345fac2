/** The JSON document of `bench freshness`. */
import { type BenchResult, round } from '../bench.js';
import type { Latencies } from '../load/latencies.js';
import { describeMachine } from '../machine.js';
import type { Resolved } from '../options.js';
import { compareLedger } from '../target/ledger.js';
import { residentMegabytes, total } from '../target/scrape.js';
import { TRAFFIC } from '../traffic/shoppers.js';
import type { FRESHNESS_OPTIONS, Measured } from './options.js';
import { STAGES, type Stages } from './stages.js';

export function describeFreshness(options: Resolved<typeof FRESHNESS_OPTIONS>, measured: Measured): BenchResult {
  const { load, totals, model, ownList, ledger } = measured;
  return {
    bench: 'freshness',
    measures:
      'total_ms: from the 202 of a request to the moment the served model has learned its events, both seen by the client; own_list_ms: from the 202 until that shopper’s own list counts them; everything and the client on this machine',
    not_measured: ['several processes or machines', 'a network between client and server', 'answering shoppers meanwhile, beyond the probes', 'catalogue changes meanwhile', 'TLS and API keys'],
    machine: describeMachine(),
    seconds: load.seconds,
    rate: options.rate,
    events: totals.measured,
    total_ms: { ...percentiles(model.latencies, [50, 90, 99]), max: round(model.latencies.percentile(100)) },
    own_list_ms: percentiles(ownList.latencies, [50, 99]),
    stages_ms: describeStages(measured.stages),
    ...describeRefits(measured),
    samples: { total: model.latencies.count, own_list: ownList.latencies.count, missed: model.missed + ownList.missed, skipped: model.skipped + ownList.skipped },
    ...describeDeltas(measured),
    errors: load.errors,
    ...(load.firstError === undefined ? {} : { first_error: load.firstError }),
    accepted: totals.accepted,
    ...compareLedger(ledger, totals.accepted + options.history),
    learned: { last_sequence: ledger.last, applied: ledger.applied, breaks: ledger.breaks, versions: ledger.versions },
    cores_used: measured.cores,
    rss_mb: residentMegabytes(measured.after),
    batch: options.batch,
    items: options.items,
    users: options.users,
    history: options.history,
    refit_epochs: options.refitEpochs,
    threads: options.threads,
    budget: options.budget,
    seed: options.seed,
    traffic: TRAFFIC,
  };
}

const TABLES = ['item', 'stat', 'follow'] as const;

function percentiles(latencies: Latencies, wanted: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries(wanted.map((percent) => [`p${percent}`, round(latencies.percentile(percent))]));
}

function describeRefits({ refits }: Measured): Readonly<Record<string, unknown>> {
  if (refits === undefined) return {};
  const { without, during, promoted, seconds } = refits;
  const of = (latencies: Latencies) => ({ ...percentiles(latencies, [50, 90, 99]), samples: latencies.count });
  return { refits: { promoted, seconds: round(seconds), without_ms: of(without), during_ms: of(during), p99_ratio: round(during.percentile(99) / without.percentile(99)) } };
}

function describeStages(stages: Stages): Readonly<Record<string, Readonly<Record<string, number>>>> {
  return Object.fromEntries(STAGES.map((stage) => [stage, percentiles(stages[stage], [50, 99])]));
}

function describeDeltas({ before, after, totals, load }: Measured): Readonly<Record<string, number>> {
  const grown = (name: string): number => total(after, name) - total(before, name);
  const bytes = grown('freshet_delta_bytes_total');
  const events = Math.max(1, totals.measured);
  return {
    delta_bytes_per_event: Math.round(bytes / events),
    delta_mb_per_second: round(bytes / 1e6 / load.seconds),
    delta_rows_per_event: round(grown('freshet_delta_rows_total') / events),
    ...Object.fromEntries(TABLES.map((table) => [`${table}_rows_per_event`, round(grown(`freshet_delta_rows_total{table="${table}"}`) / events)])),
    versions_per_second: round(grown('freshet_serving_model_version') / load.seconds),
    examples_per_event: round(grown('freshet_trainer_examples_total') / events),
  };
}
