/**
 * `freshet start | ingest | trainer | serving`: runs until told to stop, then drains.
 * Prints where it listens and what to try first.
 */
import type { Command } from 'commander';
import { type Role, ROLES } from '../compose/roles.js';
import type { Configuration } from '../cli/configuration.js';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import { describeConfiguration, showConfiguration } from '../cli/print-config.js';
import { MODEL_SETTING_NAMES } from '../cli/model-settings.js';
import type { SettingName, Settings } from '../cli/settings.js';
import type { CommandTools } from '../cli/tools.js';
import type { Running, RunOptions } from '../compose/run.js';
import { FreshetError, toError, UsageError } from '@freshet/shared/errors';
import { type Seat, takeSeat } from '../workers/seat.js';
import { demoCatalogue } from '../demo/catalogue.js';

const SERVICE: readonly SettingName[] = ['databaseUrl', 'queueUrl', 'host', 'port', 'allowedHosts', 'allowedOrigins', 'eventTypes', 'logLevel'];
const MODEL: readonly SettingName[] = [
  'threads', 'engine', ...MODEL_SETTING_NAMES, 'budget', 'budgetReplay', 'budgetNegatives', 'publish', 'maxItems', 'maxWords', 'initFrom', 'initShop', 'initExperience',
  'updateStrategy', 'refitEpochs', 'refitGate', 'refitOverlap', 'refitHours', 'refitGrowth',
];
const ROLE_SETTINGS: Readonly<Record<Role, readonly SettingName[]>> = {
  ingest: [...SERVICE, 'logRetentionDays', 'logMaxMb', 'sessionDays', 'shopperDays', 'unappliedItems', 'queueRate', 'queueDepth'],
  trainer: [...SERVICE, ...MODEL, 'activeUsers', 'shopperDays', 'searchWeights'],
  serving: [...SERVICE, 'dim', 'followers', 'negatives', 'batch', 'seed', 'maxItems', 'maxWords', 'activeUsers', 'retrieval', 'synonyms', 'searchWeights', 'refitEpochs', 'refitGate', 'recommendationLogSample', 'recommendationLogDays', 'recommendationLogLists', 'workers'],
};
/** Everything in one process has one event loop. */
const START: readonly SettingName[] = [...new Set([...SERVICE, 'dataDir', 'demo', 'demoRate', ...MODEL, ...ROLES.flatMap((role) => ROLE_SETTINGS[role])] as const)].filter((name) => name !== 'workers');

const ROLE_EXAMPLES: Readonly<Record<Role, readonly string[]>> = {
  ingest: ['DATABASE_URL=postgresql://db/freshet freshet ingest --port 8081'],
  trainer: ['DATABASE_URL=postgresql://db/freshet freshet trainer --port 8082 --threads 2'],
  serving: ['DATABASE_URL=postgresql://db/freshet freshet serving --port 8083 --workers 4'],
};

interface Flags extends OutputFlags {
  readonly printConfig?: boolean;
}

export function addServiceCommands(program: Command, tools: CommandTools): void {
  const start = program.command('start').description('everything in one process, on an embedded Postgres unless --database-url is given');
  addService(start, { names: START, roles: ROLES, tools });
  withExamples(start, ['freshet start', 'freshet start --demo off --data-dir /var/lib/shop --threads 2', 'freshet start --print-config']);
  for (const role of ROLES) {
    const command = program.command(role).description(`the ${role} service alone, beside others on the same database and queue`);
    addService(command, { names: ROLE_SETTINGS[role], roles: [role], tools });
    withExamples(command, ROLE_EXAMPLES[role]);
  }
}

interface ServiceCommand {
  readonly names: readonly SettingName[];
  readonly roles: readonly Role[];
  readonly tools: CommandTools;
}

function addService(command: Command, { names, roles, tools }: ServiceCommand): void {
  withOutputOptions(withSettings(command, names));
  command.option('--print-config', 'print the settings and where each came from, and start nothing');
  command.action(async ({ json, printConfig }: Flags) => {
    const configuration = tools.configuration(command);
    if (printConfig === true) return tools.report(showConfiguration(configuration, names), { json, describe: describeConfiguration });
    await serve(configuration, roles, { tools, json });
  });
}

interface Speaking {
  readonly tools: CommandTools;
  /** One document once it is ready, instead of lines for people. */
  readonly json: boolean | undefined;
}

async function serve({ settings, file }: Configuration, roles: readonly Role[], { tools, json }: Speaking): Promise<void> {
  const log = tools.logger(settings);
  const seat = await takeSeat();
  if (seat !== undefined) return work({ settings, roles, version: tools.version, log, seat }, tools);
  if (file !== undefined) log.info(`settings are read from ${file}`);
  const say = (line: string): void => void (json === true || tools.print(line));
  const running = await run({ settings, roles, version: tools.version, log });
  const signal = tools.stopSignal();
  const stop = (): void => void running.stop().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const url = await running.url;
    say(`Freshet ${tools.version} (${roles.join(', ')}) listens on ${url}`);
    await running.ready;
    if (json === true) tools.print(JSON.stringify({ version: tools.version, services: roles, url }, null, 2));
    if (roles.length === ROLES.length) for (const line of firstSteps(url, settings)) say(line);
    say('ready; stop with Ctrl-C');
    await running.done;
    say('stopped: everything accepted is stored');
  } catch (error) {
    // Asked to stop while it was starting: nothing has failed.
    if (!signal.aborted) throw error;
    await running.stop();
  }
}

async function run(options: RunOptions): Promise<Running> {
  const { workers } = options.settings;
  if (workers === 1 || options.roles.length > 1) return (await import('../compose/run.js')).runFreshet(options);
  return (await import('../workers/primary.js')).runWorkers({ workers, address: options.settings, log: options.log });
}

/** One of several processes on a port: the primary speaks for it. */
async function work(options: RunOptions & { readonly seat: Seat }, tools: CommandTools): Promise<void> {
  const { seat } = options;
  const { runFreshet } = await import('../compose/run.js');
  const running = runFreshet(options);
  const stop = (): void => void running.stop().catch(() => undefined);
  seat.onStop(stop);
  tools.stopSignal().addEventListener('abort', stop, { once: true });
  running.url.then((url) => seat.tell({ kind: 'listening', url }), () => undefined);
  running.ready.then(() => seat.tell({ kind: 'ready' }), () => undefined);
  try {
    await running.done;
  } catch (thrown) {
    const { code, message } = thrown instanceof FreshetError ? thrown : { code: 'unexpected', message: toError(thrown).message };
    seat.tell({ kind: 'failed', code, message, usage: thrown instanceof UsageError });
    options.log.error('a worker has ended', { worker: seat.number, code, error: message });
    tools.fail();
  }
  seat.leave();
}

function firstSteps(url: string, { demo, seed }: Settings): string[] {
  const item = (demo === 'on' ? demoCatalogue(seed)[0]?.id : undefined) ?? 'mug-1';
  return [
    '',
    `Open ${url} to watch it learn.`,
    '',
    'Or tell it what a shopper did, then ask for her list:',
    `  curl -s ${url}/v1/events -H 'content-type: application/json' -d '[{"type":"view","user_id":"ada","item_id":"${item}"}]'`,
    `  curl -s '${url}/v1/users/ada/recommendations?limit=5'`,
    '',
  ];
}
