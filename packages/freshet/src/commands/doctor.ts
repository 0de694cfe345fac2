/** `freshet doctor`: is everything right that Freshet rests on? Exit code 1 when something is wrong; warnings don't count. */
import type { Command } from 'commander';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import type { CommandTools } from '../cli/tools.js';
import type { Finding, Level } from '../doctor/finding.js';

interface Report {
  readonly healthy: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly findings: readonly Finding[];
}

export function addDoctorCommand(program: Command, tools: CommandTools): void {
  const command = program.command('doctor').description('look at Postgres, Redis, clocks, port, disk, memory and versions, and say what to change');
  withOutputOptions(withSettings(command, ['databaseUrl', 'queueUrl', 'dataDir', 'host', 'port', 'threads', 'dim', 'maxItems', 'logMaxMb']));
  withExamples(command, ['freshet doctor', 'DATABASE_URL=postgresql://db/freshet QUEUE_URL=redis://queue freshet doctor', 'freshet doctor --json']);
  command.action(async ({ json }: OutputFlags) => {
    const { examine } = await import('../doctor/examine.js');
    const findings = await examine({ settings: tools.settings(command), version: tools.version, now: Date.now });
    const count = (wanted: Level): number => findings.filter(({ level }) => level === wanted).length;
    const report: Report = { healthy: count('error') === 0, errors: count('error'), warnings: count('warning'), findings };
    tools.report(report, { json, describe });
    if (!report.healthy) tools.fail();
  });
}

const SIGNS: Readonly<Record<Level, string>> = { ok: 'ok      ', warning: 'warning ', error: 'ERROR   ' };

function describe({ findings, errors, warnings }: Report): string {
  const lines = findings.flatMap(({ level, check, found, advice }) => [`${SIGNS[level]} ${check}: ${found}`, ...(advice === undefined ? [] : [`          → ${advice}`])]);
  return [...lines, '', errors + warnings === 0 ? 'all is well' : `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`].join('\n');
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
