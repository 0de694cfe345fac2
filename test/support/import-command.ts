/** `freshet import` as a real process in a directory of its own, to be fed, watched and killed; and the log it fills. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { decodePayload } from '@freshet/shared/codec/payload';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';

const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const OURS = /^(FRESHET_|DATABASE_URL$|QUEUE_URL$|PG[A-Z]+$)/;

export interface ImportRun {
  readonly url: string;
  /** Where it runs, and keeps its state. */
  readonly cwd: string;
  readonly args: readonly string[];
  /** Options of Node itself. */
  readonly node?: readonly string[];
  readonly stdin?: Readable;
}

export interface ImportEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ImportProcess {
  readonly ended: Promise<ImportEnd>;
  readonly child: ChildProcess;
  /** What it has told people so far. */
  stderr(): string;
}

export function launchImport({ url, cwd, args, node = [], stdin }: ImportRun): ImportProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const child = spawn(process.execPath, [...node, MAIN, 'import', '--url', url, ...args], { cwd, env: Object.fromEntries(inherited), stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  if (stdin === undefined) child.stdin.end();
  else stdin.on('error', () => undefined).pipe(child.stdin.on('error', () => undefined));
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(([code, signal]) => ({ code, signal, ...output }));
  return { ended, child, stderr: () => output.stderr };
}

export interface Loaded {
  /** Ids of all events, in the order of the log. */
  readonly ids: readonly string[];
  readonly items: readonly string[];
}

/** Everything in the log but heartbeats. */
export async function readLog(databaseUrl: string): Promise<Loaded> {
  const client = await connectClient({ url: databaseUrl, applicationName: 'freshet-import-test', onError: () => undefined });
  try {
    const { rows } = await client.query<{ kind: 'events' | 'catalogue'; skip: number[] | null; payload: Buffer }>('select kind, skip, payload from freshet.log_entry where count > 0 order by seq');
    const bodies = rows.map(({ kind, skip, payload }) => decodePayload(kind, payload, skip ?? []));
    return {
      ids: bodies.flatMap((body) => (body.kind === 'events' ? body.events.map((event) => event.id) : [])),
      items: bodies.flatMap((body) => (body.kind === 'catalogue' ? body.changes.map((change) => change.id) : [])),
    };
  } finally {
    await client.end();
  }
}
