/** The scrape configuration and the alerts: what promtool says of them, and that they speak of metrics and pages that exist. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METRIC_CATALOGUE, OBJECTIVES } from '@freshet/shared/metric-catalogue';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { alertRules } from '../../support/dashboard.js';
import { metricFaults } from '../../support/metric-names.js';
import { PROMETHEUS_FILES, prometheusInstalled, withTargets } from '../../support/prometheus.js';
import { operandsOf, selectorsOf } from '../../support/promql.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const rules = alertRules();
/** A second or two of computing each, on a machine that may have better things to do. */
const PROMTOOL_MS = 60_000;
const testFiles = readdirSync(join(PROMETHEUS_FILES, 'tests'));

/** `faults`: all it said when it was not content. */
function promtool(...args: string[]): { readonly faults: string; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: PROMETHEUS_FILES, encoding: 'utf8' });
  return { faults: status === 0 ? '' : stdout + stderr, said: stdout };
}

describe.skipIf(!prometheusInstalled())('promtool', () => {
  test.each(['prometheus.yml', 'all-in-one.yml'])('accepts %s', (file) => {
    expect(promtool('check', 'config', file).faults).toBe('');
  }, PROMTOOL_MS);

  it('accepts the rules, without a doubt', () => {
    const { faults, said } = promtool('check', 'rules', 'alerts.yml');
    expect(faults).toBe('');
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
  }, PROMTOOL_MS);

  test.each(testFiles)('finds that the alerts do what tests/%s says', (file) => {
    expect(promtool('test', 'rules', join('tests', file)).faults).toBe('');
  }, PROMTOOL_MS);
});

describe('each alert', () => {
  const tested = testFiles.map((file) => parse(readFileSync(join(PROMETHEUS_FILES, 'tests', file), 'utf8')) as RuleTests);
  const cases = tested.flatMap(({ tests }) => tests.flatMap((one) => one.alert_rule_test ?? []));
  const healthy = readFileSync(join(PROMETHEUS_FILES, 'tests/healthy.yml'), 'utf8');
  const handbook = headings(readFileSync(join(root, 'docs/OPERATING.md'), 'utf8'));

  test.each(rules)('$alert says how bad it is, what is seen, and where to read on', ({ alert, labels, annotations }) => {
    expect(alert).toMatch(/^Freshet[A-Z]/);
    expect(Object.keys(labels)).toEqual(['severity']);
    expect(['critical', 'warning']).toContain(labels['severity']);
    expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
    const [, anchor = ''] = /^docs\/OPERATING\.md#(.+)$/.exec(annotations['runbook_url'] ?? '') ?? [];
    expect(handbook).toContain(anchor);
  });

  test.each(rules)('$alert is tested to fire, and its series to be silent in health', ({ alert, expr }) => {
    expect(cases.some((one) => one.alertname === alert && (one.exp_alerts ?? []).length > 0)).toBe(true);
    for (const { metric } of selectorsOf(expr)) expect(healthy).toContain(metric);
  });

  test.each(rules)('$alert reads metrics and labels of the catalogue', ({ expr }) => {
    expect(metricFaults(expr)).toEqual([]);
  });

  it('has thresholds that are the objectives', () => {
    const comparisons = (name: string): string[] => operandsOf(rules.find(({ alert }) => alert === name)?.expr ?? '').map((operand) => operand.replace(/^.*> bool /, ''));
    expect(comparisons('FreshetUpdateLagHigh')[0]).toBe(String(OBJECTIVES.updateLag.p99));
    expect(comparisons('FreshetAnswersSlow')).toEqual([String(OBJECTIVES.answer.p99)]);
  });
});

describe('the scrape configuration', () => {
  it('scrapes each service at the path the code has', () => {
    const { scrape_configs: jobs } = parse(readFileSync(join(PROMETHEUS_FILES, 'prometheus.yml'), 'utf8')) as { scrape_configs: readonly Record<string, unknown>[] };
    expect(jobs.map((job) => job['job_name'])).toEqual(['ingest', 'trainer', 'serving']);
    // Without a path of its own a job asks for /metrics.
    for (const job of jobs) expect(job['metrics_path'] ?? '/metrics').toBe('/metrics');
    expect(METRIC_CATALOGUE.buildInfo.name).toBe('freshet_build_info');
  });

  it('keeps everything but addresses and intervals when a test gives it others', () => {
    const text = readFileSync(join(PROMETHEUS_FILES, 'prometheus.yml'), 'utf8');
    const targets = { ingest: '127.0.0.1:1', trainer: '127.0.0.1:2', serving: '127.0.0.1:3' };
    const changed = parse(withTargets(text, { targets, everySeconds: 1 })) as Record<string, unknown>;
    expect(changed).toEqual({
      ...(parse(text) as object),
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      scrape_configs: Object.entries(targets).map(([job_name, address]) => ({ job_name, static_configs: [{ targets: [address] }] })),
    });
    expect(() => withTargets(text, { targets: { ingest: 'a' }, everySeconds: 1 })).toThrow(/trainer, serving/);
    expect(() => withTargets(text, { targets: { ...targets, console: 'a' }, everySeconds: 1 })).toThrow(/console/);
  });
});

interface RuleTests {
  readonly tests: readonly { readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[] }[];
}

/** Anchors of a page's headings, as code hosts make them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}
