/** The image's recipe: what it is made from is there and nothing else is, and it runs as somebody harmless. (It is carried out in test/pipeline.) */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createHealth } from '@freshet/shared/http/health';
import { describe, expect, it, test } from 'vitest';
import { contextFilter, copiesOf, instruction, readStages, ROOT, type Stage, variablesOf } from '../../support/dockerfile.js';

const stages = readStages('infra/docker/Dockerfile');
const image = stages.at(-1) ?? { name: '', from: '', instructions: [] };
const tracked = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).stdout.split('\n').filter((file) => file !== '');
const inContext = contextFilter();
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const packages = [...new Set(tracked.filter((file) => file.startsWith('packages/')).map((file) => file.split('/')[1] ?? ''))].sort();

const stage = (name: string): Stage => stages.find((one) => one.name === name) ?? image;
const fromContext = stages.flatMap(copiesOf).filter((copy) => copy.stage === undefined).flatMap(({ sources }) => sources);

describe('the build’s context', () => {
  it('has all that is copied from it', () => {
    expect(fromContext.length).toBeGreaterThan(5);
    expect(fromContext.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
    expect(fromContext.filter((source) => !tracked.some((file) => (file === source || file.startsWith(`${source}/`)) && inContext(file)))).toEqual([]);
  });

  it('has nothing else: no tests, no secrets, nothing built, no history', () => {
    const unused = tracked.filter((file) => inContext(file) && !fromContext.some((source) => file === source || file.startsWith(`${source}/`)));
    expect(unused).toEqual([]);
    const never = ['.git/config', 'node_modules/pg/package.json', 'packages/shared/node_modules/x.js', 'packages/shared/dist/errors.js', 'infra/compose/secrets/database_url', '.env', 'packages/.env.local', 'test/x.ts', '.freshet/postgres/PG_VERSION', 'freshet.yaml'];
    expect(never.filter(inContext)).toEqual([]);
  });
});

describe('the image', () => {
  it('is made from one base whose release is pinned, of a Node that Freshet runs on', () => {
    const bases = stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from));
    expect(bases).toEqual([expect.stringMatching(/^node:(?:2[0-9])\.\d+\.\d+-bookworm-slim$/)]);
    expect(stages.flatMap(({ instructions }) => instructions).filter(({ keyword }) => keyword === 'ADD')).toEqual([]);
  });

  it('installs by the lock file, and ships no compiler', () => {
    expect(copiesOf(stage('manifests')).flatMap(({ sources }) => sources)).toEqual(expect.arrayContaining(['package-lock.json', '.npmrc']));
    const manifests = ['package.json', 'examples/package.json', ...packages.map((name) => `packages/${name}/package.json`)];
    expect(copiesOf(stage('manifests')).flatMap(({ sources }) => sources)).toEqual(expect.arrayContaining(manifests));
    expect(instruction(stage('modules'), 'RUN')).toMatch(/^npm ci --omit=dev --workspace=freshet\b/);
    // The launcher builds where it finds this folder.
    expect(copiesOf(image).flatMap(({ sources }) => sources).filter((source) => /\bscripts\b/.test(source))).toEqual([]);
  });

  test.each(packages)('has all of packages/%s that is used at run time', (name) => {
    const folders = new Set(tracked.filter((file) => file.startsWith(`packages/${name}/`)).map((file) => file.split('/')[2] ?? '').filter((part) => !part.includes('.')));
    const needed = [...folders].filter((folder) => !['src', 'kernel'].includes(folder));
    const copied = copiesOf(image).filter((copy) => copy.stage === 'build').flatMap(({ sources, target }) => sources.map((source) => [source, target]));
    for (const folder of [...needed, 'dist']) expect(copied).toContainEqual([`/app/packages/${name}/${folder}`, `packages/${name}/${folder}`]);
  });

  it('runs freshet as an ordinary user, is asked for its health by Node, and is stopped by SIGTERM', () => {
    expect(instruction(image, 'ENTRYPOINT')).toBe('["freshet"]');
    expect(instruction(image, 'CMD')).toBe('["start"]');
    expect(instruction(image, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(instruction(image, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    // Nothing is made as root after that.
    expect(image.instructions.findLastIndex(({ keyword }) => keyword === 'RUN')).toBeLessThan(image.instructions.findIndex(({ keyword }) => keyword === 'USER'));
    expect(instruction(image, 'HEALTHCHECK')).toMatch(/ CMD \["node", "\/app\/infra\/docker\/healthcheck\.js"\]$/);
    expect(copiesOf(image).flatMap(({ sources }) => sources)).toContain('infra/docker/healthcheck.js');
    expect(instruction(image, 'EXPOSE')).toBe(variablesOf(image)['FRESHET_PORT']);
    expect(instruction(image, 'RUN')).toContain(`mkdir ${variablesOf(image)['FRESHET_DATA_DIR']} && chown ${instruction(image, 'USER')} ${variablesOf(image)['FRESHET_DATA_DIR']}`);
  });

  it('says which release it is', () => {
    expect(instruction(image, 'LABEL')).toContain(`org.opencontainers.image.version="${version}"`);
    expect(readFileSync(join(ROOT, 'infra/docker/Dockerfile'), 'utf8')).toContain(`-t freshet:${version} .`);
  });
});

describe('its health check', () => {
  it('asks for a path that every process has', () => {
    const paths = createHealth().routes.map((route) => route.path);
    const [, asked = ''] = /127\.0\.0\.1:\$\{port\}(\/\w+)/.exec(readFileSync(join(ROOT, 'infra/docker/healthcheck.js'), 'utf8')) ?? [];
    expect(paths).toContain(asked);
  });

  test.each([[200, 0], [503, 1]])('answered with %i it ends with %i', async (status, code) => {
    const server = createServer((_, response) => response.writeHead(status).end('{"status":"told"}')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const found = await check((server.address() as AddressInfo).port);
    server.close();
    expect(found).toEqual({ code, said: '{"status":"told"}' });
  });

  it('ends with 1 where nobody listens', async () => {
    expect(await check(1)).toMatchObject({ code: 1, said: expect.stringMatching(/fetch failed|bad port/) as string });
  });
});

async function check(port: number): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'infra/docker/healthcheck.js')], { env: { FRESHET_PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}
