/** The dashboards: complete panels that don't overlap, expressions that parse and read what exists, thresholds that are the objectives. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OBJECTIVES } from '@freshet/shared/metric-catalogue';
import { describe, expect, it, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Dashboard, dashboards, type Panel, type Place, withWindow } from '../../support/dashboard.js';
import { metricFaults } from '../../support/metric-names.js';
import { prometheusInstalled } from '../../support/prometheus.js';

const grafana = fileURLToPath(new URL('../../../infra/grafana/', import.meta.url));
const COLUMNS = 24;

const overlap = (a: Place, b: Place): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
const charts = ({ panels }: Dashboard): readonly Panel[] => panels.filter((panel) => panel.type !== 'row');
const thresholds = (panel: Panel | undefined): (number | null)[] => panel?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value) ?? [];

describe.each(dashboards())('the dashboard %s', (file, dashboard) => {
  it('is one that Grafana 12 reads, with a name of its own and the data source as a variable', () => {
    expect(file).toBe(`${dashboard.uid.replace(/^freshet-/, '')}.json`);
    expect(dashboard.title).not.toBe('');
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(41);
    expect(dashboard.templating.list).toMatchObject([{ name: 'datasource', type: 'datasource', query: 'prometheus' }]);
    const sources = charts(dashboard).flatMap(({ datasource, targets = [] }) => [datasource, ...targets.map((target) => target.datasource)]);
    for (const source of sources) expect(source).toEqual({ type: 'prometheus', uid: '${datasource}' });
  });

  it('has panels with ids of their own that lie beside each other', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > COLUMNS)).toEqual([]);
    const pairs = panels.flatMap((a, n) => panels.slice(n + 1).filter((b) => overlap(a.gridPos, b.gridPos)).map((b) => `${a.title} / ${b.title}`));
    expect(pairs).toEqual([]);
  });

  test.each(charts(dashboard))('$title says what it shows, in a unit', ({ description, fieldConfig, options, targets = [] }) => {
    expect(description?.length ?? 0).toBeGreaterThan(30);
    expect(fieldConfig?.defaults.unit ?? options?.yAxis?.unit).toMatch(/^\w+$/);
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    // A label that isn't left by the aggregation would show as itself.
    for (const { expr, legendFormat } of targets) {
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect(shown.filter((label) => !expr.includes(label) && !['job', 'instance'].includes(label))).toEqual([]);
    }
  });

  test.each(charts(dashboard))('$title reads metrics and labels of the catalogue', ({ targets = [] }) => {
    expect(targets.flatMap(({ expr }) => metricFaults(expr))).toEqual([]);
    // Its width follows the scrape interval and the zoom.
    for (const { expr } of targets) expect(expr).not.toMatch(/\[\$__interval\]|\[\d+s\]/);
  });

  it.skipIf(!prometheusInstalled())('has expressions that promtool can parse', () => {
    const rules = charts(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => ({ record: 'x', expr: withWindow(expr, '1m') })));
    const folder = mkdtempSync(join(tmpdir(), 'freshet-dashboard-'));
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'panels', rules: rules.map((rule, n) => ({ ...rule, record: `panel_${n}` })) }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', join(folder, 'rules.yml')], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(status === 0 ? '' : stdout + stderr).toBe('');
    expect(stdout).toContain(`${rules.length} rules found`);
  });
});

describe('the dashboard update-lag.json', () => {
  const [, dashboard] = dashboards().find(([file]) => file === 'update-lag.json') ?? [];
  const panel = (title: string): Panel | undefined => dashboard?.panels.find((one) => one.title === title);

  it('draws the objectives where they are promised', () => {
    const { updateLag, answer } = OBJECTIVES;
    expect(thresholds(panel('Update lag, p50'))).toEqual([null, updateLag.p50]);
    expect(thresholds(panel('Update lag, p99'))).toEqual([null, updateLag.p99]);
    expect(thresholds(panel('Total'))).toEqual([null, updateLag.p50, updateLag.p99]);
    expect(thresholds(panel('Stages, p50'))).toEqual([null, updateLag.p50]);
    expect(thresholds(panel('Stages, p99'))).toEqual([null, updateLag.p99]);
    expect(thresholds(panel('Recommendations'))).toEqual([null, answer.p90, answer.p99]);
    expect(panel('Within the objective')?.targets?.[0]?.expr).toContain(`le="${updateLag.p99}"`);
  });

  it('has the total as p50, p90, p99 and as a heatmap, each stage likewise, and the backlog beside', () => {
    expect(panel('Total')?.targets?.map(({ legendFormat }) => legendFormat)).toEqual(['p50', 'p90', 'p99']);
    expect(panel('Total, all of it')).toMatchObject({ type: 'heatmap', targets: [{ format: 'heatmap' }] });
    for (const quantile of ['p50', 'p90', 'p99']) expect(panel(`Stages, ${quantile}`)?.targets?.[0]?.legendFormat).toBe('{{stage}}');
    expect(panel('Backlog')).toBeDefined();
  });
});

describe('the provisioning', () => {
  const read = (file: string): unknown => parse(readFileSync(join(grafana, 'provisioning', file), 'utf8'));

  it('finds the Prometheus of compose.yaml and the folder that is mounted there', () => {
    const compose = parse(readFileSync(join(grafana, '../compose/compose.yaml'), 'utf8'), { merge: true }) as { services: Record<string, { volumes?: string[]; environment?: Record<string, string> }> };
    expect(read('datasources/prometheus.yml')).toMatchObject({ datasources: [{ type: 'prometheus', url: 'http://prometheus:9090', isDefault: true }] });
    const { providers } = read('dashboards/freshet.yml') as { providers: readonly { options: { path: string } }[] };
    const { volumes = [], environment = {} } = compose.services['grafana'] ?? {};
    for (const { options } of providers) expect(volumes).toContain(`../grafana/dashboards:${options.path}:ro`);
    expect(volumes).toContain('../grafana/provisioning:/etc/grafana/provisioning:ro');
    expect(environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']).toBe(`${providers[0]?.options.path}/update-lag.json`);
  });

  it('knows how often Prometheus scrapes', () => {
    const { global } = parse(readFileSync(join(grafana, '../prometheus/prometheus.yml'), 'utf8')) as { global: { scrape_interval: string } };
    expect(read('datasources/prometheus.yml')).toMatchObject({ datasources: [{ jsonData: { timeInterval: global.scrape_interval } }] });
  });
});
