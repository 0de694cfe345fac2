/** The committed dashboards and alert rules, as far as tests look at them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const infra = fileURLToPath(new URL('../../infra/', import.meta.url));

export interface Place {
  readonly h: number;
  readonly w: number;
  readonly x: number;
  readonly y: number;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly legendFormat: string;
  readonly format?: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Place;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly options?: { readonly yAxis?: { readonly unit?: string } };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly thresholds?: { readonly steps: readonly { readonly color: string; readonly value: number | null }[] } } };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[] };
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export function dashboards(): readonly (readonly [file: string, dashboard: Dashboard])[] {
  const folder = `${infra}grafana/dashboards/`;
  return readdirSync(folder).map((file) => [file, JSON.parse(readFileSync(folder + file, 'utf8')) as Dashboard] as const);
}

export function alertRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(`${infra}prometheus/alerts.yml`, 'utf8')) as { groups: readonly { rules: readonly AlertRule[] }[] };
  return groups.flatMap((group) => group.rules);
}

/** With a window in the place of the one that Grafana would choose. */
export function withWindow(expr: string, window: string): string {
  return expr.replaceAll('$__rate_interval', window);
}
