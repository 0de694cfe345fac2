/**
 * The server process itself: spawn, wait until it takes connections, stop.
 *
 * 1. `startServer` resolves only once the server answers, and rejects with what the server printed.
 * 2. `stop` resolves only once the process has gone.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { explainFailure } from './failure.js';
import { readPostmasterFile } from './postmaster.js';
import { identity, SERVER_ENVIRONMENT } from './run-command.js';
import type { ServerLog } from './server-log.js';
import { settingsArguments } from './settings.js';
import type { Site } from './site.js';

export interface ServerOptions {
  readonly binary: string;
  readonly site: Site;
  readonly settings: ReadonlyMap<string, string>;
  readonly serverLog: ServerLog;
  readonly log: (line: string) => void;
}

export interface Server {
  readonly pid: number;
  readonly ended: Promise<Error | undefined>;
  stop(): Promise<void>;
}

/** How the process came to its end. */
type Ending = Error | { readonly code: number | null; readonly signal: NodeJS.Signals | null };

interface RunningProcess {
  readonly child: ChildProcess;
  readonly ending: Promise<Ending>;
}

/** Crash recovery replays at most about 1 GB of log. */
const READY_MS = 300_000;
const POLL_MS = 10;
/** A killed server's backends end once they notice; until then a new server can't start. */
const LEFTOVER_ATTEMPTS = 40;
const LEFTOVER_PAUSE_MS = 250;
/** Fast, then immediate (the next start recovers), then by force. */
const STOP_STEPS = [['SIGINT', 6_000], ['SIGQUIT', 4_000], ['SIGKILL', 10_000]] as const;

export async function startServer(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const running = spawnServer(options);
    const ending = await untilReady(running, options);
    if (ending === undefined) return controlServer(running, options);
    const output = await options.serverLog.tail();
    const leftover = /pre-existing shared memory block/.test(output);
    if (!leftover || attempt === LEFTOVER_ATTEMPTS) throw startFailure(ending, output, options.site);
    await delay(LEFTOVER_PAUSE_MS);
  }
}

function spawnServer({ binary, site, settings, serverLog }: ServerOptions): RunningProcess {
  const child = spawn(binary, ['-D', site.pgData, ...settingsArguments(settings)], {
    ...identity(site.user),
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', serverLog.fd, serverLog.fd],
  });
  const ending = new Promise<Ending>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return { child, ending };
}

/** Undefined once it takes connections; its ending if it didn't come to that. */
async function untilReady({ child, ending }: RunningProcess, { site, log }: ServerOptions): Promise<Ending | undefined> {
  const deadline = performance.now() + READY_MS;
  let ended: Ending | undefined;
  void ending.then((value) => (ended = value));
  let nextNote = performance.now() + 5_000;
  while (performance.now() < deadline) {
    const file = await readPostmasterFile(site.pgData);
    if (ended !== undefined) return ended;
    if (file !== undefined && file.pid === child.pid && file.status === 'ready') return undefined;
    if (performance.now() > nextNote) {
      log('Postgres is recovering what was committed before it was killed');
      nextNote += 30_000;
    }
    await delay(POLL_MS);
  }
  child.kill('SIGQUIT');
  return ending;
}

function startFailure(ending: Ending, output: string, site: Site): Error {
  const cause = ending instanceof Error ? ending : undefined;
  return explainFailure({ doing: 'start Postgres', place: site.pgData, output, cause });
}

function controlServer({ child, ending }: RunningProcess, { site, serverLog }: ServerOptions): Server {
  let stopping = false;
  // Our own end doesn't wait for the server: `stop` does.
  child.unref();
  const ended = ending.then((value) => (stopping ? undefined : unexpectedEnd(value, site, serverLog)));
  const stop = async (): Promise<void> => {
    stopping = true;
    for (const [signal, deadlineMs] of STOP_STEPS) {
      child.kill(signal);
      if (await within(ending, deadlineMs)) return;
    }
  };
  return { pid: child.pid ?? -1, ended, stop };
}

function unexpectedEnd(ending: Ending, site: Site, serverLog: ServerLog): Error {
  const how = ending instanceof Error ? ending.message : `exit code ${ending.code ?? ending.signal ?? 'unknown'}`;
  return explainFailure({ doing: 'go on: Postgres ended by itself', place: site.pgData, output: `${how}, see ${serverLog.file}` });
}

async function within(ending: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = delay(deadlineMs, false, { signal: timer.signal }).catch(() => false);
  const result = await Promise.race([ending.then(() => true), timeout]);
  timer.abort();
  return result;
}
