/**
 * Every setting of Freshet, in one table: option, environment variable, default, meaning. An option beats the environment,
 * the environment beats the default; a value that can't be used is a `UsageError` that names where it came from.
 */
import { UsageError } from '@freshet/shared/errors';
import type { LogLevel } from '@freshet/shared/logger';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Setting<T> {
  /** Option in camel case, as commander names it. */
  readonly option: string;
  readonly variable: string;
  /** How `--help` shows the option. */
  readonly flags: string;
  readonly help: string;
  readonly fallback: T;
  readonly parse: (text: string) => T;
}

const whole = (least: number, most: number, step = 1) => (text: string): number => {
  const value = Number(text);
  const kind = step === 1 ? 'whole number' : `multiple of ${step}`;
  if (!/^\d+$/.test(text) || value < least || value > most || value % step !== 0) throw new Error(`must be a ${kind} from ${least} to ${most}`);
  return value;
};

const oneOf = <const V extends string>(...values: readonly V[]) => (text: string): V => {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
  return found;
};

const text = (value: string): string => {
  if (value.trim() === '') throw new Error('must not be empty');
  return value;
};

const optional = (value: string): string | undefined => text(value);

function setting<T>(spec: Setting<T>): Setting<T> {
  return spec;
}

export const SETTINGS = {
  databaseUrl: setting<string | undefined>({
    option: 'databaseUrl', variable: 'DATABASE_URL', flags: '--database-url <url>', fallback: undefined, parse: optional,
    help: 'a Postgres server (14 or newer) instead of the embedded one',
  }),
  queueUrl: setting<string | undefined>({
    option: 'queueUrl', variable: 'QUEUE_URL', flags: '--queue-url <url>', fallback: undefined, parse: optional,
    help: 'redis://… for the queue; without it the queue lives in Postgres',
  }),
  dataDir: setting({
    option: 'dataDir', variable: 'FRESHET_DATA_DIR', flags: '--data-dir <dir>', fallback: './.freshet', parse: text,
    help: 'where the embedded Postgres keeps its data',
  }),
  host: setting({
    option: 'host', variable: 'FRESHET_HOST', flags: '--host <address>', fallback: '127.0.0.1', parse: text,
    help: 'the address to listen on',
  }),
  port: setting({
    option: 'port', variable: 'FRESHET_PORT', flags: '--port <number>', fallback: 8080, parse: whole(0, 65_535),
    help: 'the port to listen on; 0 lets the system choose',
  }),
  demo: setting<'on' | 'off'>({
    option: 'demo', variable: 'FRESHET_DEMO', flags: '--demo <on|off>', fallback: 'on', parse: oneOf('on', 'off'),
    help: 'fill an empty database with a demo shop and let its shoppers come',
  }),
  demoRate: setting({
    option: 'demoRate', variable: 'FRESHET_DEMO_RATE', flags: '--demo-rate <number>', fallback: 20, parse: whole(1, 1_000),
    help: 'events a second of the demo shop',
  }),
  threads: setting({
    option: 'threads', variable: 'FRESHET_THREADS', flags: '--threads <number>', fallback: 1, parse: whole(1, 64),
    help: 'training threads',
  }),
  engine: setting<'auto' | 'wasm' | 'reference'>({
    option: 'engine', variable: 'FRESHET_ENGINE', flags: '--engine <name>', fallback: 'auto', parse: oneOf('auto', 'wasm', 'reference'),
    help: 'what computes gradients: auto, wasm or reference',
  }),
  dim: setting({
    option: 'dim', variable: 'FRESHET_DIM', flags: '--dim <number>', fallback: 64, parse: whole(16, 512, 16),
    help: 'floats of an item’s embedding, a multiple of 16',
  }),
  negatives: setting({
    option: 'negatives', variable: 'FRESHET_NEGATIVES', flags: '--negatives <number>', fallback: 256, parse: whole(4, 4_096, 4),
    help: 'sampled negatives of a micro-batch, a multiple of 4',
  }),
  seed: setting({
    option: 'seed', variable: 'FRESHET_SEED', flags: '--seed <number>', fallback: 1, parse: whole(0, 4_294_967_295),
    help: 'seed of everything drawn at random',
  }),
  publish: setting<'significant' | 'all'>({
    option: 'publish', variable: 'FRESHET_PUBLISH', flags: '--publish <rows>', fallback: 'significant', parse: oneOf('significant', 'all'),
    help: 'rows a delta carries: significant, or all that were touched (reproducible mode)',
  }),
  maxItems: setting({
    option: 'maxItems', variable: 'FRESHET_MAX_ITEMS', flags: '--max-items <number>', fallback: 262_144, parse: whole(64, 4_000_000),
    help: 'items the model has room for',
  }),
  logRetentionDays: setting({
    option: 'logRetentionDays', variable: 'FRESHET_LOG_RETENTION_DAYS', flags: '--log-retention-days <days>', fallback: 90, parse: whole(1, 3_650),
    help: 'days that log entries are kept',
  }),
  logMaxMb: setting({
    option: 'logMaxMb', variable: 'FRESHET_LOG_MAX_MB', flags: '--log-max-mb <megabytes>', fallback: 10_000, parse: whole(50, 100_000_000),
    help: 'what the log may take on disk; its oldest part goes first',
  }),
  unappliedItems: setting({
    option: 'unappliedItems', variable: 'FRESHET_UNAPPLIED_ITEMS', flags: '--unapplied-items <number>', fallback: 1_000_000, parse: whole(1, 1_000_000_000),
    help: 'accepted items that may wait for the trainer before writes are answered with 503',
  }),
  activeUsers: setting({
    option: 'activeUsers', variable: 'FRESHET_ACTIVE_USERS', flags: '--active-users <number>', fallback: 1_000_000, parse: whole(1, 100_000_000),
    help: 'shoppers whose histories serving holds in memory',
  }),
  url: setting({
    option: 'url', variable: 'FRESHET_URL', flags: '--url <url>', fallback: 'http://127.0.0.1:8080', parse: text,
    help: 'a running Freshet to talk to',
  }),
  logLevel: setting<LogLevel>({
    option: 'logLevel', variable: 'FRESHET_LOG_LEVEL', flags: '--log-level <level>', fallback: 'info', parse: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    help: 'debug, info, warn, error or silent',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [K in SettingName]: (typeof SETTINGS)[K]['fallback'] };

/** Resolves all settings; `options` are what commander has read. */
export function resolveSettings(options: Readonly<Record<string, unknown>>, environment: Environment): Settings {
  const entries = Object.values(SETTINGS).map((spec) => [spec.option, resolve(spec as Setting<unknown>, options, environment)]);
  // Each value was parsed by its own setting's parser.
  return Object.fromEntries(entries) as Settings;
}

function resolve(spec: Setting<unknown>, options: Readonly<Record<string, unknown>>, environment: Environment): unknown {
  const given = options[spec.option];
  if (typeof given === 'string') return parse(spec, given, spec.flags.split(' ')[0] ?? spec.option);
  const variable = environment[spec.variable];
  return variable === undefined || variable === '' ? spec.fallback : parse(spec, variable, spec.variable);
}

function parse(spec: Setting<unknown>, value: string, origin: string): unknown {
  try {
    return spec.parse(value);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UsageError('setting', `${origin} ${why}, not “${value}”`);
  }
}
