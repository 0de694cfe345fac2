/**
 * The process's instruments, built from `metric-catalogue.ts`. The only importer of prom-client.
 *
 * 1. One `Metrics` per process, handed down by parameter: no global registry, so two can live in one test.
 * 2. Labels are typed from the catalogue: a wrong or missing label doesn't compile.
 * 3. `labels(...)` gives the bound child for hot paths (one hash less an observation).
 * 4. Several processes on one port (`worker`) show what each of them has, under a label `worker`: no sum hides one that is behind.
 * 5. A gauge nobody has set is not shown. As 0 it would be an answer: "version 0 is served", "learned in 1970".
 */
import { AggregatorRegistry, Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry, collectDefaultMetrics } from 'prom-client';
import { METRIC_CATALOGUE, type MetricKey, type MetricSpec } from './metric-catalogue.js';

/** No labels → no label argument; otherwise every label is required. */
type LabelArgs<L extends string> = [L] extends [never] ? [] : [labels: Readonly<Record<L, string>>];

export interface CounterChild {
  inc(value?: number): void;
}
export interface GaugeChild {
  set(value: number): void;
  inc(value?: number): void;
  dec(value?: number): void;
}
export interface HistogramChild {
  observe(value: number): void;
}

export interface Counter<L extends string = never> {
  inc(...args: [...LabelArgs<L>, value?: number]): void;
  labels(labels: Readonly<Record<L, string>>): CounterChild;
}
export interface Gauge<L extends string = never> {
  set(...args: [...LabelArgs<L>, value: number]): void;
  inc(...args: [...LabelArgs<L>, value?: number]): void;
  dec(...args: [...LabelArgs<L>, value?: number]): void;
  labels(labels: Readonly<Record<L, string>>): GaugeChild;
  /** Forgets all children, for a gauge whose label values come and go. */
  reset(): void;
  /** It isn't shown until it is set again: there is nothing to say just now. */
  remove(...args: LabelArgs<L>): void;
}
export interface Histogram<L extends string = never> {
  observe(...args: [...LabelArgs<L>, value: number]): void;
  labels(labels: Readonly<Record<L, string>>): HistogramChild;
}

type InstrumentFor<S extends MetricSpec, L extends string = S['labels'][number]> = S['type'] extends 'counter'
  ? Counter<L>
  : S['type'] extends 'gauge'
    ? Gauge<L>
    : Histogram<L>;

type Instruments = { readonly [K in MetricKey]: InstrumentFor<(typeof METRIC_CATALOGUE)[K]> };

/** What a registry holds, to be sent to another process. */
export type MetricSamples = readonly object[];

export interface Metrics extends Instruments {
  readonly contentType: string;
  /** The text of `/metrics`. */
  render(): Promise<string>;
  /** The same as data, for `mergeSamples`: of a process whose port others share. */
  samples(): Promise<MetricSamples>;
  /** Called before every scrape (bounded work only): for gauges that are read rather than pushed. */
  beforeRender(collect: () => void | Promise<void>): () => void;
}

export interface MetricsOptions {
  /** Shown in `freshet_build_info`. */
  readonly version?: string;
  /** Which of the processes on one port this is: the label `worker` of every sample. */
  readonly worker?: number;
  /** Also export `process_*` and `nodejs_*` (default true). */
  readonly processMetrics?: boolean;
}

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (options.worker !== undefined) registry.setDefaultLabels({ worker: String(options.worker) });
  const collectors = new Set<() => void | Promise<void>>();
  const instruments = buildInstruments(registry);
  instruments.buildInfo.set({ version: options.version ?? 'unknown', node: process.version }, 1);
  if (options.processMetrics ?? true) addProcessMetrics(registry);
  // A collector that fails leaves its gauge at the last value: a scrape must survive a lost database.
  const collectAll = (): Promise<unknown> => Promise.allSettled([...collectors].map(async (collect) => collect()));
  return {
    ...instruments,
    contentType: registry.contentType,
    async render() {
      await collectAll();
      return registry.metrics();
    },
    async samples() {
      await collectAll();
      return registry.getMetricsAsJSON();
    },
    beforeRender(collect) {
      collectors.add(collect);
      return () => void collectors.delete(collect);
    },
  };
}

/** The text of what several processes have; their `worker` labels keep them apart. */
export function mergeSamples(all: readonly MetricSamples[]): Promise<string> {
  // Samples of the same labels would be added up, or left out, as the metric says; here no two have the same.
  const kept = all.map((samples) => samples.map((metric) => ({ ...metric, aggregator: 'first' })));
  return AggregatorRegistry.aggregate(kept).metrics();
}

/** Gauges of prom-client that are named like counters; `nodejs_active_resources{type}` and its like say the same. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}

function buildInstruments(registry: Registry): Instruments {
  const built = Object.entries<MetricSpec>(METRIC_CATALOGUE).map(([key, spec]) => [key, buildInstrument(spec, registry)] as const);
  // The loop is over the same table the type is mapped from; TypeScript can't follow that through `entries`.
  return Object.fromEntries(built) as unknown as Instruments;
}

function buildInstrument(spec: MetricSpec, registry: Registry): PromCounter | PromGauge | PromHistogram {
  const common = { name: spec.name, help: spec.help, labelNames: spec.labels, registers: [registry] };
  switch (spec.type) {
    case 'counter':
      return new PromCounter(common);
    case 'gauge':
      return unset(new PromGauge(common), spec);
    case 'histogram':
      return new PromHistogram({ ...common, buckets: [...(spec.buckets ?? [])] });
  }
}

/** Guarantee 5: prom-client starts a gauge without labels at 0. */
function unset(gauge: PromGauge, { labels }: MetricSpec): PromGauge {
  if (labels.length === 0) gauge.remove();
  return gauge;
}
