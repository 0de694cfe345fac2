/** Holds an expression against the catalogue: metrics, labels, stages, bucket edges. */
import { METRIC_CATALOGUE, type MetricSpec, UPDATE_STAGES } from '@freshet/shared/metric-catalogue';
import { labelsOf, type Selector, selectorsOf } from './promql.js';

/** What Prometheus and prom-client bring along. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = { up: [], process_resident_memory_bytes: [] };
/** Every series has them from its scrape. */
const SCRAPED = ['job', 'instance'];

/** What is wrong with it, in words; empty for an expression that can have an answer. */
export function metricFaults(expression: string): string[] {
  const selectors = selectorsOf(expression);
  if (selectors.length === 0) return [`names no metric: ${expression}`];
  const known = selectors.flatMap((selector) => labelsFor(selector) ?? []);
  const unknownLabels = labelsOf(expression).filter((label) => !known.includes(label));
  return [...selectors.flatMap(selectorFaults), ...unknownLabels.map((label) => `no metric of it has the label ${label}: ${expression}`)];
}

function selectorFaults(selector: Selector): string[] {
  const { metric, matchers, text } = selector;
  const labels = labelsFor(selector);
  if (labels === undefined) return [`${metric} is not in the catalogue`];
  return matchers.flatMap(({ label, operator, value }) => {
    if (!labels.includes(label)) return [`${metric} has no label ${label}`];
    if (label === 'stage' && operator === '=' && !UPDATE_STAGES.some((stage) => stage === value)) return [`there is no stage ${value}: ${text}`];
    if (label === 'le') return edgeFaults(metric, value);
    return [];
  });
}

/** Prometheus 3 writes a whole edge with its decimals ("1.0"), Prometheus 2 without: neither can be matched in both. */
function edgeFaults(metric: string, value: string): string[] {
  const isEdge = specOf(metric)?.buckets?.some((edge) => String(edge) === value) ?? false;
  return isEdge && !Number.isInteger(Number(value)) ? [] : [`${metric} has no edge ${value} that every Prometheus writes alike`];
}

function labelsFor({ metric }: Selector): readonly string[] | undefined {
  const foreign = FOREIGN[metric];
  if (foreign !== undefined) return [...foreign, ...SCRAPED];
  const spec = specOf(metric);
  return spec && [...spec.labels, ...SCRAPED, ...(metric.endsWith('_bucket') ? ['le'] : [])];
}

/** A histogram is read by its parts only. */
function specOf(metric: string): MetricSpec | undefined {
  return Object.values<MetricSpec>(METRIC_CATALOGUE).find(({ name, type }) => (type === 'histogram' ? ['bucket', 'count', 'sum'].some((part) => metric === `${name}_${part}`) : metric === name));
}
