/** One scrape of several processes. */
import { createMetrics } from '@freshet/shared/metrics';
import { createScrapes } from 'freshet/workers/scrapes';
import { expect, test } from 'vitest';

test('a scrape has the samples of every worker, each under its own label, gauges and times included', async () => {
  const scrapes = createScrapes();
  const workers = [1, 2].map((worker) => createMetrics({ version: '1', worker }));
  workers.forEach((metrics, index) => {
    metrics.servingModelVersion.set(10 + index);
    metrics.fallbackResponses.inc({ rung: 'personal' }, index + 1);
    metrics.httpRequestDuration.labels({ route: '/v1/trending', method: 'GET', code: '200' }).observe(0.003);
  });
  const ask = workers.map((metrics) => (id: number) => void metrics.samples().then((samples) => scrapes.take(id, samples)));
  const text = await new Promise<string>((resolve) => void scrapes.run(ask, resolve));
  expect(text).toContain('freshet_serving_model_version{worker="1"} 10');
  expect(text).toContain('freshet_serving_model_version{worker="2"} 11');
  expect(text).toMatch(/freshet_fallback_responses_total\{(?=.*worker="2").*rung="personal".*\} 2/);
  expect(text.match(/^# TYPE freshet_serving_model_version gauge$/gm)).toHaveLength(1);
  expect(text.match(/^process_start_time_seconds\{/gm)).toHaveLength(2);
  expect(text.match(/^freshet_http_request_duration_seconds_count\{/gm)).toHaveLength(2);
});

test('a worker that does not answer costs the others nothing but a second', async () => {
  const scrapes = createScrapes();
  const metrics = createMetrics({ worker: 1, processMetrics: false });
  metrics.servingModelVersion.set(3);
  const silent = (): void => undefined;
  const text = await new Promise<string>((resolve) => {
    void scrapes.run([silent, (id) => void metrics.samples().then((samples) => scrapes.take(id, samples))], resolve);
  });
  expect(text).toContain('freshet_serving_model_version{worker="1"} 3');
  // Too late is dropped.
  scrapes.take(1, await metrics.samples());
});
