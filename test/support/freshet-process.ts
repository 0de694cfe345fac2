/**
 * `freshet ingest | trainer | serving` as a real process, to be killed. A small model, so that it starts quickly.
 * Only the built program is run: no build is triggered here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

export type Role = 'ingest' | 'trainer' | 'serving';

export interface Addresses {
  readonly databaseUrl: string;
  /** Undefined: the queue is in the database. */
  readonly queueUrl: string | undefined;
  /** Further options. */
  readonly args?: readonly string[];
}

export interface FreshetProcess {
  readonly role: Role;
  readonly pid: number;
  /** Where it listens; rejects with what it said when it ends before. */
  readonly url: Promise<string>;
  /** Resolves once it does its work. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  /** What it has said so far. */
  output(): string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM: it drains. Resolves with its exit code. */
  stop(): Promise<number | null>;
  /** SIGSTOP, SIGCONT. */
  pause(): void;
  resume(): void;
}

const main = createRequire(import.meta.url).resolve('freshet/main');
const MODEL = ['--dim', '16', '--negatives', '16', '--max-items', '4096'];
const FLAGS: Readonly<Record<Role, readonly string[]>> = { ingest: [], trainer: MODEL, serving: MODEL };
const OURS = /^(FRESHET_|DATABASE_URL|QUEUE_URL|PG[A-Z]+$)/;

export function launchFreshet(role: Role, { databaseUrl, queueUrl, args = [] }: Addresses): FreshetProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const child = spawn(process.execPath, [main, role, '--port', '0', ...FLAGS[role], ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), DATABASE_URL: databaseUrl, ...(queueUrl === undefined ? {} : { QUEUE_URL: queueUrl }) },
  });
  const exited = once(child, 'exit') as Promise<[code: number | null]>;
  const ended = exited.then(() => undefined);
  let said = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const look of waiting) look();
    });
  }
  const line = (pattern: RegExp): Promise<RegExpExecArray> => {
    const found = new Promise<RegExpExecArray>((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(said);
        if (match === null) return;
        waiting.delete(look);
        resolve(match);
      };
      waiting.add(look);
      void ended.then(() => reject(new Error(`freshet ${role} ended before it said ${String(pattern)}:\n${said}`)));
    });
    found.catch(() => undefined);
    return found;
  };
  const signal = async (name: NodeJS.Signals): Promise<number | null> => {
    child.kill(name);
    return (await exited)[0];
  };
  const ready = line(/^ready;/m).then(() => undefined);
  ready.catch(() => undefined);
  const url = line(/listens on (http:\S+)/).then((match) => match[1] ?? '');
  url.catch(() => undefined);
  return {
    role,
    pid: child.pid ?? 0,
    url,
    ready,
    ended,
    output: () => said,
    kill: () => signal('SIGKILL').then(() => undefined),
    stop: () => signal('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}
