/**
 * Debian's prometheus and promtool. Where they aren't installed the tests that need them are skipped, and say so.
 *
 * `startPrometheus` runs the committed infra/prometheus files on a free port: nothing of them is replaced but the
 * addresses, and the intervals by shorter ones (`withTargets`, tested in test/unit/infra).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { freePort } from './free-port.js';
import { until } from './until.js';

export const PROMETHEUS_FILES = fileURLToPath(new URL('../../infra/prometheus/', import.meta.url));

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Alert {
  readonly name: string;
  readonly state: string;
  readonly value: string;
}

export interface TestPrometheus {
  readonly url: string;
  /** What an expression gives now; throws what Prometheus says of one that it can't evaluate. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Those that are pending or firing. */
  alerts(): Promise<readonly Alert[]>;
  stop(): Promise<void>;
}

/** False, with a line on stderr, when one of them is missing. */
export function prometheusInstalled(): boolean {
  const missing = ['prometheus', 'promtool'].filter((program) => spawnSync(program, ['--version']).status !== 0);
  if (missing.length > 0) console.warn(`SKIPPED: ${missing.join(' and ')} not installed (apt-get install prometheus): tests of what is watched do not run`);
  return missing.length === 0;
}

export interface Watch {
  /** Addresses by job; every job of the file must have one. */
  readonly targets: Readonly<Record<string, string>>;
  readonly everySeconds: number;
}

/** The configuration with other addresses, scraped and evaluated more often; all else as it stands. */
export function withTargets(text: string, { targets, everySeconds }: Watch): string {
  const document = parseDocument(text);
  for (const name of ['scrape_interval', 'evaluation_interval', 'scrape_timeout']) document.setIn(['global', name], `${everySeconds}s`);
  const { scrape_configs: jobs } = document.toJS() as { scrape_configs: readonly { job_name: string }[] };
  const unknown = [...jobs.map((job) => job.job_name), ...Object.keys(targets)].filter((name, _, all) => all.filter((other) => other === name).length !== 2);
  if (unknown.length > 0) throw new Error(`the file and the targets differ in jobs: ${unknown.join(', ')}`);
  jobs.forEach(({ job_name: name }, place) => document.setIn(['scrape_configs', place, 'static_configs', 0, 'targets'], [targets[name]]));
  return document.toString();
}

export async function startPrometheus(watch: Watch): Promise<TestPrometheus> {
  const folder = await mkdtemp(path.join(tmpdir(), 'freshet-prometheus-'));
  await cp(PROMETHEUS_FILES, folder, { recursive: true });
  const config = path.join(folder, 'prometheus.yml');
  await writeFile(config, withTargets(await readFile(config, 'utf8'), watch));
  const url = `http://127.0.0.1:${await freePort()}`;
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${path.join(folder, 'data')}`, `--web.listen-address=${url.slice('http://'.length)}`];
  const server = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
  await until('Prometheus is ready', async () => {
    if (server.exitCode !== null) throw new Error(`prometheus ended with ${server.exitCode}:\n${said}`);
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok;
  });
  return {
    url,
    query: (expression) => query(url, expression),
    alerts: () => alerts(url),
    async stop() {
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function query(url: string, expression: string): Promise<readonly Sample[]> {
  const data = await ask<{ resultType: string; result: unknown }>(`${url}/api/v1/query`, new URLSearchParams({ query: expression }));
  if (data.resultType === 'scalar') return [{ labels: {}, value: Number((data.result as [number, string])[1]) }];
  return (data.result as readonly { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

async function alerts(url: string): Promise<readonly Alert[]> {
  const { alerts: found } = await ask<{ alerts: readonly { labels: Record<string, string>; state: string; value: string }[] }>(`${url}/api/v1/alerts`);
  return found.map(({ labels, state, value }) => ({ name: labels['alertname'] ?? '', state, value }));
}

async function ask<T>(address: string, body?: URLSearchParams): Promise<T> {
  const response = await fetch(address, body === undefined ? {} : { method: 'POST', body });
  const answer = (await response.json()) as { status: string; data: T; error?: string };
  if (answer.status !== 'success') throw new Error(`Prometheus: ${answer.error ?? response.status} (${body?.get('query') ?? address})`);
  return answer.data;
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
}
