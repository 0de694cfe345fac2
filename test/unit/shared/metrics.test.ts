/** The catalogue is what a scrape shows: names, types, labels, buckets. */
import { METRIC_CATALOGUE, OBJECTIVES, UPDATE_STAGES, type MetricSpec } from '@freshet/shared/metric-catalogue';
import { createMetrics } from '@freshet/shared/metrics';
import { describe, expect, test } from 'vitest';

const specs = Object.values<MetricSpec>(METRIC_CATALOGUE);
const named = (name: string): MetricSpec | undefined => specs.find((spec) => spec.name === `freshet_${name}`);

/** The names in the order of the operations handbook, with the labels written there. */
const HANDBOOK = `ingest_events_total{type,result} ingest_batch_seconds inbox_unapplied_events inbox_oldest_unapplied_timestamp_seconds
  queue_jobs{queue,state} trainer_examples_total trainer_step_seconds trainer_threads{state}
  trainer_watermark_timestamp_seconds trainer_rejected_steps_total{reason} prequential_hit_ratio prequential_ndcg prequential_loss prequential_floor_hit_ratio{floor}
  delta_rows_total{table} delta_bytes_total delta_commit_seconds model_latest_version serving_model_version
  serving_learned_until_timestamp_seconds update_lag_seconds{stage} model_swaps_total{result,reason} swap_stall_seconds
  http_request_duration_seconds{route,method,code} fallback_responses_total{rung} dead_letters{queue} table_rows{table} table_rows_limit{table}
  inbox_unapplied_events_limit storage_bytes{part} storage_limit_bytes{part} disk_free_bytes disk_size_bytes build_info{version,node}`.split(/\s+/);

describe('the metric catalogue', () => {
  test.each(HANDBOOK)('has %s', (entry) => {
    const [, name = '', labels] = /^(\w+)(?:\{(.*)\})?$/.exec(entry) ?? [];
    expect(named(name)?.labels).toEqual(labels === undefined ? [] : labels.split(','));
  });

  test('keeps the naming rules: one prefix, base units, _total on counters and nowhere else, no ids in labels', () => {
    for (const spec of specs) {
      expect(spec.name).toMatch(/^freshet_[a-z][a-z0-9_]*$/);
      expect(spec.name.endsWith('_total')).toBe(spec.type === 'counter');
      expect(spec.name).not.toMatch(/_(ms|milliseconds|kb|percent)\b/);
      expect(spec.labels.filter((label) => /(^|_)id$|user|item/.test(label))).toEqual([]);
      expect(spec.help).toMatch(/^[A-Z].*\.$/);
    }
    expect(new Set(specs.map((spec) => spec.name)).size).toBe(specs.length);
  });

  test('has rising buckets with the objectives among them, on histograms only', () => {
    for (const spec of specs) {
      expect(spec.buckets !== undefined).toBe(spec.type === 'histogram');
      expect(spec.buckets ?? []).toEqual([...new Set(spec.buckets ?? [])].sort((a, b) => a - b));
    }
    expect(OBJECTIVES).toEqual({ updateLag: { p50: 0.04, p99: 0.25 }, answer: { p90: 0.007, p99: 0.02 } });
    expect(named('update_lag_seconds')?.buckets).toEqual(expect.arrayContaining([...Object.values(OBJECTIVES.updateLag), 0.05, 0.5]));
    expect(named('http_request_duration_seconds')?.buckets).toEqual(expect.arrayContaining(Object.values(OBJECTIVES.answer)));
    expect(UPDATE_STAGES).toEqual(['accept', 'queue', 'train', 'commit', 'apply', 'total']);
  });

  test('is what a scrape shows, each with its type and help', async () => {
    const text = await createMetrics({ processMetrics: false }).render();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(types.sort()).toEqual(specs.map((spec) => `${spec.name} ${spec.type}`).sort());
    for (const spec of specs) expect(text).toContain(`# HELP ${spec.name} ${spec.help}`);
  });
});

describe('metrics', () => {
  test('count, set and observe with and without labels', async () => {
    const metrics = createMetrics({ version: '1.2.3', processMetrics: false });
    metrics.ingestEvents.inc({ type: 'view', result: 'accepted' }, 3);
    metrics.ingestEvents.labels({ type: 'view', result: 'accepted' }).inc();
    metrics.modelLatestVersion.set(42);
    metrics.updateLag.observe({ stage: 'total' }, 0.04);
    const text = await metrics.render();
    expect(text).toContain('freshet_ingest_events_total{type="view",result="accepted"} 4');
    expect(text).toContain('freshet_model_latest_version 42');
    expect(text).toContain('freshet_update_lag_seconds_bucket{le="0.04",stage="total"} 1');
    expect(text).toContain('freshet_update_lag_seconds_bucket{le="0.03",stage="total"} 0');
    expect(text).toContain(`freshet_build_info{version="1.2.3",node="${process.version}"} 1`);
  });

  test('show a gauge from the first time it is set, and not after its labels were forgotten', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const shown = async (name: string): Promise<string[]> => [...(await metrics.render()).matchAll(new RegExp(`^freshet_${name}\\b.*$`, 'gm'))].map(([row]) => row);
    const gauges = specs.filter((spec) => spec.type === 'gauge' && spec !== METRIC_CATALOGUE.buildInfo);
    for (const { name } of gauges) expect(await shown(name.slice('freshet_'.length))).toEqual([]);
    metrics.servingModelVersion.set(0);
    metrics.deadLetters.set({ queue: 'ingest' }, 3);
    expect(await shown('serving_model_version')).toEqual(['freshet_serving_model_version 0']);
    expect(await shown('dead_letters')).toEqual(['freshet_dead_letters{queue="ingest"} 3']);
    metrics.deadLetters.reset();
    expect(await shown('dead_letters')).toEqual([]);
  });

  test('of two processes in one test do not mix', async () => {
    const [one, two] = [createMetrics({ processMetrics: false }), createMetrics({ processMetrics: false })];
    one.trainerExamples.inc(7);
    expect(await two.render()).toContain('freshet_trainer_examples_total 0');
  });

  test('are collected before a scrape, and a failing collector does not spoil it', async () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.beforeRender(() => Promise.reject(new Error('database is away')));
    const remove = metrics.beforeRender(() => metrics.inboxUnapplied.set(5));
    expect(await metrics.render()).toContain('freshet_inbox_unapplied_events 5');
    remove();
    metrics.inboxUnapplied.set(6);
    expect(await metrics.render()).toContain('freshet_inbox_unapplied_events 6');
  });

  test('include the process, by names that keep the rules too', async () => {
    const text = await createMetrics().render();
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    const misnamed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].filter(([, name = '', type]) => name.endsWith('_total') !== (type === 'counter'));
    expect(misnamed.map(([row]) => row)).toEqual([]);
  });
});
