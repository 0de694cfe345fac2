/**
 * `freshet start | ingest | trainer | serving`: runs until told to stop, then drains.
 * Prints where it listens and what to try first.
 */
import type { Command } from 'commander';
import { type Role, ROLES, runFreshet } from '../compose/run.js';
import { withExamples, withSettings } from '../cli/options.js';
import type { SettingName, Settings } from '../cli/settings.js';
import type { CommandTools } from '../cli/tools.js';
import { demoCatalogue } from '../demo/catalogue.js';

const SERVICE: readonly SettingName[] = ['databaseUrl', 'queueUrl', 'host', 'port', 'logLevel'];
const MODEL: readonly SettingName[] = ['threads', 'engine', 'dim', 'negatives', 'seed', 'publish', 'maxItems'];
const ROLE_SETTINGS: Readonly<Record<Role, readonly SettingName[]>> = {
  ingest: [...SERVICE, 'logRetentionDays', 'logMaxMb', 'unappliedItems'],
  trainer: [...SERVICE, ...MODEL],
  serving: [...SERVICE, 'dim', 'negatives', 'seed', 'maxItems', 'activeUsers'],
};
const ALL: readonly SettingName[] = [...new Set([...SERVICE, 'dataDir', 'demo', 'demoRate', ...MODEL, ...ROLES.flatMap((role) => ROLE_SETTINGS[role])] as const)];

const ROLE_EXAMPLES: Readonly<Record<Role, readonly string[]>> = {
  ingest: ['DATABASE_URL=postgresql://db/freshet freshet ingest --port 8081'],
  trainer: ['DATABASE_URL=postgresql://db/freshet freshet trainer --port 8082 --threads 2'],
  serving: ['DATABASE_URL=postgresql://db/freshet freshet serving --port 8083'],
};

export function addServiceCommands(program: Command, tools: CommandTools): void {
  const start = program.command('start').description('everything in one process, on an embedded Postgres unless --database-url is given');
  withExamples(withSettings(start, ALL), ['freshet start', 'freshet start --demo off --data-dir /var/lib/shop --threads 2']);
  start.action(() => serve(start, ROLES, tools));
  for (const role of ROLES) {
    const command = program.command(role).description(`the ${role} service alone, beside others on the same database and queue`);
    withExamples(withSettings(command, ROLE_SETTINGS[role]), ROLE_EXAMPLES[role]);
    command.action(() => serve(command, [role], tools));
  }
}

async function serve(command: Command, roles: readonly Role[], tools: CommandTools): Promise<void> {
  const settings = tools.settings(command);
  const running = runFreshet({ settings, roles, version: tools.version, log: tools.logger(settings) });
  const signal = tools.stopSignal();
  const stop = (): void => void running.stop().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const url = await running.url;
    tools.print(`Freshet ${tools.version} (${roles.join(', ')}) listens on ${url}`);
    await running.ready;
    if (roles.length === ROLES.length) for (const line of firstSteps(url, settings)) tools.print(line);
    tools.print('ready; stop with Ctrl-C');
    await running.done;
    tools.print('stopped: everything accepted is stored');
  } catch (error) {
    // Asked to stop while it was starting: nothing has failed.
    if (!signal.aborted) throw error;
    await running.stop();
  }
}

function firstSteps(url: string, { demo, seed }: Settings): string[] {
  const item = (demo === 'on' ? demoCatalogue(seed)[0]?.id : undefined) ?? 'mug-1';
  return [
    '',
    'Tell it what a shopper did, then ask for her list:',
    `  curl -s ${url}/v1/events -H 'content-type: application/json' -d '[{"type":"view","user_id":"ada","item_id":"${item}"}]'`,
    `  curl -s '${url}/v1/users/ada/recommendations?limit=5'`,
    '',
  ];
}
