/** `freshet bench NAME`: measures one thing on this machine, and says what it doesn't measure. */
import type { Command } from 'commander';
import { BENCHES, type BenchName, runBench } from '../bench/run.js';
import { withExamples, withOutputOptions } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';

type Flags = Readonly<Record<string, string | undefined>>;

export function addBenchCommand(program: Command, tools: CommandTools): void {
  const group = program.command('bench').description('measure this machine: one bench at a time, nothing else running');
  for (const name of Object.keys(BENCHES) as BenchName[]) {
    const bench = BENCHES[name];
    const command = withOutputOptions(group.command(name).description(bench.help));
    for (const spec of Object.values(bench.options)) command.option(spec.flags, `${spec.help} (default ${spec.fallback === '' ? 'none' : spec.fallback})`);
    withExamples(command, [`freshet bench ${name} --json`]);
    command.action(async (flags: Flags & { json?: boolean }) => {
      const context = { environment: tools.environment, signal: tools.stopSignal(), say: (line: string) => tools.say(line) };
      const result = await runBench(name, flags, context);
      tools.report(result, { json: flags.json, describe });
    });
  }
}

/** A result as lines of `name: value`, nested ones on one line. */
function describe(result: object): string {
  return Object.entries(result)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('\n');
}
