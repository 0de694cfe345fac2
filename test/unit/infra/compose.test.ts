/** The composition: pinned, closed to the outside, without passwords, in the right order, and speaking of settings that exist. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHost, hostPolicy } from '@freshet/shared/http/guards';
import { optionName, SETTING_NAMES, SETTINGS, settingOf, variableName } from 'freshet/cli/settings';
import { knownVariables } from 'freshet/cli/variables';
import { ROLES } from 'freshet/compose/roles';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { readStages, ROOT, variablesOf } from '../../support/dockerfile.js';

const folder = join(ROOT, 'infra/compose');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart: string;
  readonly logging: { readonly options: Readonly<Record<string, string>> };
  readonly cap_drop: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt: readonly string[];
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
  readonly deploy: { readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } } };
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, object>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = parse(read('compose.yaml'), { merge: true }) as Compose;
const all = Object.entries(compose.services);
const ours = all.filter(([, { image }]) => image.startsWith('freshet:'));
const image = readStages('infra/docker/Dockerfile').at(-1);
const imageVariables = image === undefined ? {} : variablesOf(image);
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

describe('each container', () => {
  it('is one of those that the issue names', () => {
    expect(all.map(([name]) => name)).toEqual(['postgres', 'redis', 'migrate', 'ingest', 'trainer', 'serving', 'prometheus', 'grafana']);
    expect(ours.map(([name, { command }]) => [name, command])).toEqual(['migrate', ...ROLES].map((name) => [name, [name]]));
  });

  test.each(all)('%s has an image whose release is pinned', (name, service) => {
    expect(service.image).toMatch(/^[a-z][\w/.-]*:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    if (ours.some(([one]) => one === name)) expect(service.image).toBe(`freshet:${version}`);
  });

  test.each(all)('%s can’t take the machine: limits, no privileges, bounded logs', (_, service) => {
    const { cap_drop: dropped, security_opt: options, deploy, logging } = service;
    expect(dropped).toEqual(['ALL']);
    expect(options).toEqual(['no-new-privileges:true']);
    expect(Number(deploy.resources.limits.cpus)).toBeGreaterThan(0);
    expect(deploy.resources.limits.memory).toMatch(/^\d+[mg]$/);
    expect(logging.options).toMatchObject({ 'max-size': '10m' });
    // Postgres alone needs more than its volume.
    if (service.image.startsWith('postgres:')) expect(service.read_only).toBeUndefined();
    else expect(service.read_only).toBe(true);
  });

  test.each(all)('%s is asked for its health, or ends by itself', (_, service) => {
    if (service.restart === 'no') expect(service.healthcheck).toEqual({ disable: true });
    // Ours have that of the image.
    else if (service.image.startsWith('freshet:')) expect(service.healthcheck).toBeUndefined();
    else expect(service.healthcheck?.test?.length).toBeGreaterThan(0);
  });

  test.each(all)('%s starts after what it needs', (_, service) => {
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = compose.services[needed];
      expect(condition).toBe(other?.restart === 'no' ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  it('of ours waits for database, queue and migrations, and has time to drain', () => {
    for (const [name, { depends_on: needs = {}, stop_grace_period: grace }] of ours.filter(([one]) => one !== 'migrate')) {
      expect([name, Object.keys(needs).sort()]).toEqual([name, ['migrate', 'postgres', 'redis']]);
      // Each step of a stop has a deadline of 10 s, and there are eight at most.
      expect(Number.parseInt(grace ?? '0', 10)).toBeGreaterThanOrEqual(80);
    }
  });
});

describe('nothing', () => {
  it('listens beyond this machine', () => {
    const published = all.flatMap(([, { ports = [] }]) => ports);
    expect(published.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
    const hostPorts = published.map((port) => port.split(':')[1]);
    expect(new Set(hostPorts).size).toBe(hostPorts.length);
    for (const [, { ports = [] }] of ours) for (const port of ports) expect(port.split(':')[2]).toBe(imageVariables['FRESHET_PORT']);
  });

  it('but Freshet reaches Postgres and Redis, and they reach nothing', () => {
    expect(compose.networks['data']?.internal).toBe(true);
    const members = (network: string): string[] => all.filter(([, { networks }]) => networks.includes(network)).map(([name]) => name);
    expect(members('data').sort()).toEqual(['ingest', 'migrate', 'postgres', 'redis', 'serving', 'trainer']);
    expect(members('front')).not.toContain('postgres');
    expect(members('front')).not.toContain('redis');
  });

  it('that is stored is lost with a container', () => {
    const named = all.flatMap(([, { volumes = [] }]) => volumes).filter((volume) => !/^\.{1,2}\//.test(volume)).map((volume) => volume.split(':')[0] ?? '');
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
    // Postgres 18's image keeps its data one folder further down than earlier ones, and takes the mount here.
    expect(compose.services['postgres']?.volumes).toEqual(['postgres:/var/lib/postgresql']);
  });

  it('is mounted that isn’t there', () => {
    const mounted = all.flatMap(([, { volumes = [] }]) => volumes).filter((volume) => /^\.{1,2}\//.test(volume));
    expect(mounted.filter((volume) => !existsSync(join(folder, volume.split(':')[0] ?? '')))).toEqual([]);
    expect(mounted.filter((volume) => !volume.endsWith(':ro'))).toEqual([]);
  });
});

describe('secrets', () => {
  const names = Object.keys(compose.secrets);

  it('are files of a folder that git ignores, each with an example', () => {
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
    expect(readdirSync(join(folder, 'secrets')).filter((file) => file.endsWith('.example')).sort()).toEqual(names.map((name) => `${name}.example`).sort());
    const paths = names.map((name) => `infra/compose/secrets/${name}`);
    const ignored = spawnSync('git', ['check-ignore', ...paths, 'infra/compose/freshet.env'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim().split('\n');
    expect(ignored).toEqual([...paths, 'infra/compose/freshet.env']);
  });

  it('are all mounted somewhere, and no environment holds one', () => {
    expect([...new Set(all.flatMap(([, { secrets = [] }]) => secrets))].sort()).toEqual([...names].sort());
    const values = all.flatMap(([, { environment = {} }]) => Object.entries(environment));
    expect(values.filter(([name]) => /PASSWORD|SECRET|_URL/.test(name) && !name.endsWith('_FILE'))).toEqual([]);
    for (const [name, value] of values.filter(([variable]) => variable.endsWith('_FILE'))) expect([name, names.includes(value.replace('/run/secrets/', ''))]).toEqual([name, true]);
  });

  it('are made once, fit each other, and are what the settings take', () => {
    const made = mkdtempSync(join(tmpdir(), 'freshet-secrets-'));
    try {
      const make = () => spawnSync('sh', [join(folder, 'make-secrets.sh'), made], { encoding: 'utf8' });
      expect(make().status).toBe(0);
      const secret = (name: string): string => readFileSync(join(made, name), 'utf8').trim();
      expect(readdirSync(made).sort()).toEqual([...names].sort());
      const database = new URL(SETTINGS.databaseUrl.kind.parse(secret('database_url')) ?? '');
      const { POSTGRES_USER: user, POSTGRES_DB: name } = compose.services['postgres']?.environment ?? {};
      expect([database.hostname, database.username, database.pathname, database.password]).toEqual(['postgres', user, `/${name}`, secret('postgres_password')]);
      const queue = new URL(SETTINGS.queueUrl.kind.parse(secret('queue_url')) ?? '');
      expect([queue.hostname, `requirepass ${queue.password}`]).toEqual(['redis', secret('redis_auth')]);
      expect(new Set([database.password, queue.password, secret('grafana_password')]).size).toBe(3);
      // Whoever runs a container may be another user; who isn't root here can't look into the folder.
      expect(statSync(made).mode & 0o777).toBe(0o700);
      for (const one of names) expect(statSync(join(made, one)).mode & 0o777).toBe(0o644);
      const before = secret('database_url');
      // Closed before anything else is done.
      chmodSync(made, 0o755);
      expect(make()).toMatchObject({ status: 1, stderr: expect.stringContaining('is there already') as string });
      expect(secret('database_url')).toBe(before);
      expect(statSync(made).mode & 0o777).toBe(0o700);
    } finally {
      rmSync(made, { recursive: true });
    }
  });
});

describe('names and addresses', () => {
  const { scrape_configs: jobs } = parse(readFileSync(join(ROOT, 'infra/prometheus/prometheus.yml'), 'utf8')) as { scrape_configs: readonly { job_name: string; static_configs: readonly { targets: readonly string[] }[] }[] };

  test.each(jobs)('Prometheus reaches $job_name by a name that it answers to', ({ job_name: job, static_configs: [config] }) => {
    const service = compose.services[job];
    const [target = ''] = config?.targets ?? [];
    expect(target).toBe(`${job}:${service?.environment?.['FRESHET_PORT']}`);
    const allowed = SETTINGS.allowedHosts.kind.parse(service?.environment?.['FRESHET_ALLOWED_HOSTS'] ?? '');
    expect(checkHost(hostPolicy(allowed), target)).toBeUndefined();
    expect(checkHost(hostPolicy([]), target)?.status).toBe(421);
    expect(service?.networks.some((network) => compose.services['prometheus']?.networks.includes(network))).toBe(true);
  });
});

describe('settings', () => {
  const example = read('freshet.env.example');
  const defaults = new Map([...example.matchAll(/^#([A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  const used = new Set(ours.flatMap(([, { environment = {} }]) => Object.keys(environment)));

  it('in compose.yaml, the image and the example are known to the configuration', () => {
    const mentioned = [...used, ...Object.keys(imageVariables).filter((name) => name !== 'NODE_ENV'), ...defaults.keys(), ...(example.match(/\b(?:FRESHET|DATABASE|QUEUE)_[A-Z0-9_]+\b/g) ?? [])];
    expect(mentioned.filter((name) => !knownVariables().includes(name))).toEqual([]);
  });

  it('known to the configuration are each in compose.yaml or in the example, there with their default', () => {
    const missing = knownVariables().filter((name) => !used.has(name) && !defaults.has(name) && !example.split('\n\n')[0]?.includes(name));
    expect(missing).toEqual([]);
    const wrong = SETTING_NAMES.filter((name) => {
      const value = defaults.get(variableName(name));
      return value !== undefined && value !== settingOf(name).kind.format(settingOf(name).fallback);
    });
    expect(wrong.map(optionName)).toEqual([]);
  });

  it('that the composition decides can’t be set by the example', () => {
    expect([...used].filter((name) => defaults.has(name))).toEqual([]);
    for (const name of used) expect(example).toContain(name);
    for (const [, { env_file: files }] of ours) expect(files).toEqual([{ path: './freshet.env', required: false }]);
  });

  it('have values that their setting takes', () => {
    const values = [...ours.flatMap(([, { environment = {} }]) => Object.entries(environment)), ...Object.entries(imageVariables)];
    const parsed = values.flatMap(([variable, value]) => {
      const name = SETTING_NAMES.find((one) => variableName(one) === variable);
      return name === undefined ? [] : [settingOf(name).kind.parse(value)];
    });
    expect(parsed).toContain('0.0.0.0');
    expect(parsed.length).toBeGreaterThan(8);
  });
});
