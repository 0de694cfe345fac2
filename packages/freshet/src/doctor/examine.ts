/**
 * The doctor: looks at everything that Freshet rests on, as the settings name it, and says what is wrong and what to change.
 *
 * 1. Nothing is changed or made, and a running Freshet is only asked.
 * 2. One check that fails, or takes long, hides no other.
 * 3. No password is shown.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { inspectRedis, judge as judgeRedisInfo } from '@freshet/shared/adapters/bullmq/redis-check';
import { inspectPostgres } from '@freshet/shared/adapters/postgres/inspect';
import { FreshetError, toError } from '@freshet/shared/errors';
import { assertCanListen } from '@freshet/shared/http/listening';
import type { Settings } from '../cli/settings.js';
import { findRunning } from '../embedded/running.js';
import { findDatabase } from '../embedded/site.js';
import { judgeClock, judgeOwnClock } from './clock.js';
import { judgeDataDir } from './data-dir.js';
import { examineDataDir } from './examine-data-dir.js';
import { error, type Finding, ok, warning } from './finding.js';
import { isLoopback, judgeListening, type ListeningFacts } from './listening.js';
import { judgeMachine, type MachineFacts } from './machine.js';
import { judgePostgres, type PostgresContext } from './postgres.js';

export interface ExamineOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly now: () => number;
}

const MEGABYTE = 1e6;
const ASK_MS = 2_000;

export async function examine(options: ExamineOptions): Promise<readonly Finding[]> {
  const { settings, version, now } = options;
  const listening = await readListening(settings);
  const running = listening.running !== undefined;
  const parts = await Promise.all([
    guarded('machine', async () => [judgeOwnClock(now()), ...judgeMachine(await readMachine(), settings)]),
    guarded('listening', () => Promise.resolve(judgeListening(listening, settings, version))),
    settings.databaseUrl === undefined
      ? guarded('data_dir', () => examineEmbedded(settings, running))
      : guarded('postgres', () => examineServer(settings.databaseUrl ?? '', { settings, running })),
    guarded('queue', () => examineQueue(settings.queueUrl)),
  ]);
  return parts.flat();
}

/** What can't be looked at is a finding too. */
async function guarded(check: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (thrown) {
    return [error(check, toError(thrown).message, 'mend this first; the rest of this part was not looked at')];
  }
}

async function readMachine(): Promise<MachineFacts> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const openFiles = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  // 0 or enormous where there is no limit.
  const constrained = process.constrainedMemory();
  return {
    node: process.versions.node,
    cores: availableParallelism(),
    memoryBytes: constrained > 0 ? Math.min(totalmem(), constrained) : totalmem(),
    openFiles: openFiles === undefined ? undefined : Number(openFiles),
  };
}

async function readListening({ host, port }: Settings): Promise<ListeningFacts> {
  try {
    await assertCanListen({ host, port });
    return { refusal: undefined, running: undefined };
  } catch (thrown) {
    const refusal = toError(thrown);
    const code = refusal instanceof FreshetError ? refusal.code : 'unknown';
    return { refusal: { code, sentence: refusal.message }, running: code === 'port_in_use' ? await askRunning(host, port) : undefined };
  }
}

/** Undefined when what listens there isn't a Freshet. */
async function askRunning(host: string, port: number): Promise<ListeningFacts['running']> {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  const ask = (path: string): Promise<Response> => fetch(`http://${name}:${port}${path}`, { signal: AbortSignal.timeout(ASK_MS) });
  try {
    const found = (await (await ask('/v1/version')).json()) as { readonly name?: unknown; readonly version?: unknown };
    if (found.name !== 'freshet' || typeof found.version !== 'string') return undefined;
    const ready = await ask('/readyz?verbose');
    return { version: found.version, ready: ready.status === 200, problems: ready.status === 200 ? [] : failedChecks(await ready.json()) };
  } catch {
    return undefined;
  }
}

function failedChecks(answer: unknown): readonly string[] {
  const { checks = [] } = (answer ?? {}) as { readonly checks?: readonly { readonly name: string; readonly ok: boolean; readonly detail?: string }[] };
  return checks.flatMap(({ name, ok: passes, detail = 'failed' }) => (passes ? [] : [`${name} ${detail}`]));
}

async function examineEmbedded(settings: Settings, running: boolean): Promise<readonly Finding[]> {
  const findings = judgeDataDir(await examineDataDir(settings.dataDir, settings.logMaxMb * MEGABYTE));
  if (findings.some(({ level }) => level === 'error')) return findings;
  const found = await findDatabase(settings.dataDir);
  const url = found === undefined ? undefined : await findRunning(found);
  if (url === undefined) return [...findings, ok('postgres', 'the embedded server isn’t running; its database is looked at while Freshet runs')];
  return [...findings, ...judgePostgres(await inspectPostgres(url), { settings, running })];
}

async function examineServer(url: string, context: PostgresContext): Promise<readonly Finding[]> {
  return [...judgePostgres(await inspectPostgres(url), context), ...judgeTransport(url)];
}

/** The password and every event go over this line. */
function judgeTransport(url: string): readonly Finding[] {
  const { hostname, searchParams } = new URL(url);
  // A socket's URL has no host.
  const local = hostname === '' || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
  if (local || (searchParams.get('sslmode') ?? 'disable') !== 'disable' || searchParams.has('ssl')) return [ok('postgres_transport', 'local or encrypted')];
  return [warning('postgres_transport', `the connection to ${hostname} is not encrypted`, 'add ?sslmode=verify-full to DATABASE_URL unless the network is yours alone')];
}

async function examineQueue(url: string | undefined): Promise<readonly Finding[]> {
  if (url === undefined || !/^rediss?:/.test(url)) return [ok('queue', url?.startsWith('memory:') === true ? 'in this process' : 'in Postgres')];
  const { label, info, clockAheadMs } = await inspectRedis(url);
  const problems = judgeRedisInfo(label, info);
  const findings = problems.map(({ found, advice }) => warning('queue', found, advice));
  return [...(findings.length === 0 ? [ok('queue', `${label}: version ${info.get('redis_version') ?? 'unknown'}`)] : findings), judgeClock('queue_clock', label, clockAheadMs)];
}
