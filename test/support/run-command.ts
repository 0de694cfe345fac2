/** A `freshet` command that ends by itself, as a real process. Nothing of the caller's own configuration reaches it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
}

export type Variables = Readonly<Record<string, string>>;

const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const OURS = /^(FRESHET_|DATABASE_URL|QUEUE_URL|PG[A-Z]+$)/;

/** `cwd`: where a `freshet.yaml` would be found. */
export function beginCommand(args: readonly string[], env: Variables = {}, cwd?: string): RunningCommand {
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...Object.fromEntries(inherited), ...env }, ...(cwd === undefined ? {} : { cwd }) });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // 'close' comes after the last output, 'exit' may come before it.
  const finished = (once(child, 'close') as Promise<[number | null]>).then(([code]) => ({ code, ...output }));
  return { child, finished, stdout: () => output.stdout, stderr: () => output.stderr };
}

export function runCommand(args: readonly string[], env?: Variables, cwd?: string): Promise<Finished> {
  return beginCommand(args, env, cwd).finished;
}

/** With `--json`: the document it printed. Throws what it said when it failed. */
export async function runForJson<T>(args: readonly string[], env?: Variables): Promise<T> {
  const { code, stdout, stderr } = await runCommand([...args, '--json'], env);
  if (code !== 0) throw new Error(`freshet ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout) as T;
}
