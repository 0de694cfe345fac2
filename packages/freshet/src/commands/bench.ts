/** `freshet bench NAME`: measures one thing on this machine, and says what it doesn't measure. */
import type { Command } from 'commander';
import { BENCHES, type BenchName, runBench } from '../bench/run.js';
import type { Output } from './replay.js';

type Flags = Readonly<Record<string, string | undefined>>;

export interface BenchDeps extends Output {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called when a bench begins: what ends it early. */
  readonly stopSignal: () => AbortSignal;
}

export function addBenchCommand(program: Command, deps: BenchDeps): void {
  const group = program.command('bench').description('measure this machine: one bench at a time, nothing else running').exitOverride();
  for (const name of Object.keys(BENCHES) as BenchName[]) {
    const bench = BENCHES[name];
    const command = group.command(name).description(bench.help).option('--json', 'one JSON document on stdout').exitOverride();
    for (const spec of Object.values(bench.options)) command.option(spec.flags, `${spec.help} (default ${spec.fallback === '' ? 'none' : spec.fallback})`);
    command.action(async (flags: Flags & { json?: boolean }) => {
      const context = { environment: deps.environment, signal: deps.stopSignal(), say: (line: string) => deps.say(`${line}\n`) };
      const result = await runBench(name, flags, context);
      deps.print(flags.json === true ? `${JSON.stringify(result, null, 2)}\n` : `${describe(result)}\n`);
    });
  }
}

/** A result as lines of `name: value`, nested ones on one line. */
function describe(result: object): string {
  return Object.entries(result)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('\n');
}
