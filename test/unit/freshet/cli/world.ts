/** A command line without a process: what it would print, say and end with. */
import { buildProgram } from 'freshet/cli/program';
import { type CommandTools, createTools } from 'freshet/cli/tools';

export interface FakeWorld {
  readonly tools: CommandTools;
  readonly out: string[];
  readonly err: string[];
  exitCode: number | undefined;
}

function fakeWorld(environment: Readonly<Record<string, string>> = {}): FakeWorld {
  const world: FakeWorld = {
    out: [],
    err: [],
    exitCode: undefined,
    tools: createTools({
      version: '0.0.0',
      environment,
      files: { exists: () => false, readText: (file) => { throw new Error(`there is no ${file}`); } },
      stdout: { write: (text) => world.out.push(text) },
      stderr: { write: (text) => world.err.push(text) },
      outputClosed: new AbortController().signal,
      stopSignal: () => new AbortController().signal,
      setExitCode: (code) => (world.exitCode = code),
    }),
  };
  return world;
}

export function program(environment: Readonly<Record<string, string>> = {}) {
  return buildProgram(fakeWorld(environment).tools);
}

export async function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const world = fakeWorld(environment);
  const thrown = await buildProgram(world.tools).parseAsync([...words], { from: 'user' }).then(() => undefined, (error: unknown) => error);
  return { thrown, stdout: world.out.join(''), stderr: world.err.join(''), exitCode: world.exitCode };
}
