/**
 * Every setting of Freshet, in one table. A setting has one name everywhere: `maxItems` here is the option `--max-items`, the
 * variable `FRESHET_MAX_ITEMS` and the key `max_items` of the configuration file. Resolved in configuration.ts; the page
 * docs/CONFIGURATION.md is made from it (`npm run docs:generate`).
 */
import type { CustomTypes } from '@freshet/shared/domain/event';
import type { LogLevel } from '@freshet/shared/logger';
import { DEFAULT_REFIT } from '@freshet/shared/ports/refit-log';
import { DEFAULT_BUDGET } from '@freshet/trainer/config';
import { ENGINE_NAMES, type EngineName } from '@freshet/trainer/engine/names';
import { RETRIEVAL_MODES, type RetrievalMode } from '@freshet/serving/retrieval/modes';
import type { SynonymGroups } from '@freshet/serving/search/synonyms';
import { MODEL_SETTINGS } from './model-settings.js';
import { address, decimal, hostNames, type Kind, listenHost, oneOf, optionalPath, path, typeWeights, webAddress, webOrigins, whole, wordGroups } from './setting-kinds.js';

export const GROUPS = ['Where things are', 'Listening', 'Demo shop', 'Model', 'Events and storage', 'Serving', 'Commands', 'Logging'] as const;

export interface Setting<T> {
  readonly group: (typeof GROUPS)[number];
  readonly kind: Kind<T>;
  readonly fallback: T;
  readonly help: string;
  /** Where it isn't `FRESHET_` and the name. */
  readonly variable?: string;
  /** May hold a password: hidden wherever settings are shown, and `VARIABLE_FILE` may name a file that holds the value. */
  readonly secret?: true;
}

function setting<T>(spec: Setting<T>): Setting<T> {
  return spec;
}

export const SETTINGS = {
  databaseUrl: setting<string | undefined>({
    group: 'Where things are', variable: 'DATABASE_URL', kind: address('postgresql', 'postgres'), fallback: undefined, secret: true,
    help: 'a Postgres server (14 or newer) instead of the embedded one',
  }),
  queueUrl: setting<string | undefined>({
    group: 'Where things are', variable: 'QUEUE_URL', kind: address('redis', 'rediss', 'postgresql', 'postgres', 'memory'), fallback: undefined, secret: true,
    help: 'redis://… for the queue; without it the queue lives in Postgres',
  }),
  dataDir: setting({
    group: 'Where things are', kind: path('dir'), fallback: './.freshet',
    help: 'where the embedded Postgres keeps its data',
  }),
  host: setting({
    group: 'Listening', kind: listenHost, fallback: '127.0.0.1',
    help: 'the address to listen on; 0.0.0.0 or :: for all of this machine',
  }),
  port: setting({
    group: 'Listening', kind: whole(0, 65_535), fallback: 8080,
    help: 'the port to listen on; 0 lets the system choose',
  }),
  allowedHosts: setting<readonly string[]>({
    group: 'Listening', kind: hostNames, fallback: [],
    help: 'names that requests may ask for besides addresses and localhost',
  }),
  allowedOrigins: setting<readonly string[]>({
    group: 'Listening', kind: webOrigins, fallback: [],
    help: 'origins whose pages may read and write everything, besides Freshet’s own',
  }),
  demo: setting<'on' | 'off'>({
    group: 'Demo shop', kind: oneOf('on', 'off'), fallback: 'on',
    help: 'fill an empty database with a demo shop and let its shoppers come',
  }),
  demoRate: setting({
    group: 'Demo shop', kind: whole(1, 1_000), fallback: 20,
    help: 'events a second of the demo shop',
  }),
  threads: setting({
    group: 'Model', kind: whole(1, 64), fallback: 1,
    help: 'training threads',
  }),
  engine: setting<EngineName>({
    group: 'Model', kind: oneOf(...ENGINE_NAMES), fallback: 'auto',
    help: 'what computes gradients; tensorflow after `freshet setup-tensorflow`',
  }),
  ...MODEL_SETTINGS,
  budget: setting<'adaptive' | 'fixed'>({
    group: 'Model', kind: oneOf('adaptive', 'fixed'), fallback: 'adaptive',
    help: 'adaptive: when training falls behind, rounds have less replay, then fewer negatives, than replay and negatives say; fixed: always as they say',
  }),
  budgetReplay: setting({
    group: 'Model', kind: decimal(0, 8), fallback: DEFAULT_BUDGET.replay,
    help: 'the least replay that an adaptive budget comes down to',
  }),
  budgetNegatives: setting({
    group: 'Model', kind: whole(4, 4_096, { step: 4 }), fallback: DEFAULT_BUDGET.negatives,
    help: 'the fewest negatives that an adaptive budget comes down to',
  }),
  publish: setting<'significant' | 'all'>({
    group: 'Model', kind: oneOf('significant', 'all'), fallback: 'significant',
    help: 'rows a delta carries: significant ones, or all that were touched (reproducible mode)',
  }),
  maxItems: setting({
    group: 'Model', kind: whole(64, 4_000_000), fallback: 262_144,
    help: 'items the model has room for; the same for trainer and serving',
  }),
  maxWords: setting({
    group: 'Model', kind: whole(0, 1_000_000), fallback: 100_000,
    help: 'words of titles, attributes and queries the model has room for; the same for trainer and serving',
  }),
  retrieval: setting<RetrievalMode>({
    group: 'Serving', kind: oneOf(...RETRIEVAL_MODES), fallback: 'auto',
    help: 'how the best items are searched for: floats and codes are exact, lists are quicker with very many items and approximate',
  }),
  synonyms: setting<SynonymGroups>({
    group: 'Serving', kind: wordGroups, fallback: [],
    help: 'words that mean the same in searches; each finds the others of its group',
  }),
  searchWeights: setting<'learned' | 'fixed'>({
    group: 'Serving', kind: oneOf('learned', 'fixed'), fallback: 'learned',
    help: 'learned: what the parts of a search’s order weigh is learned from what is clicked and bought, once enough is; fixed: the defaults; the same for trainer and serving',
  }),
  initFrom: setting<string | undefined>({
    group: 'Model', kind: optionalPath('path'), fallback: undefined,
    help: 'what a model begins with where there is none yet: the directory of an exported model, or vectors by item id (.csv; .npy with .ids beside it)',
  }),
  initShop: setting<'same' | 'other'>({
    group: 'Model', kind: oneOf('same', 'other'), fallback: 'same',
    help: 'whose model init_from holds: of another shop’s, nothing is taken that counts its shoppers',
  }),
  initExperience: setting({
    group: 'Model', kind: whole(0, 1_000_000, { placeholder: 'events' }), fallback: 100,
    help: 'events that each vector of a file counts for: the more, the slower it moves at first; meant for optimizer adagrad (OPERATING.md)',
  }),
  updateStrategy: setting<'incremental' | 'full' | 'hybrid'>({
    group: 'Model', kind: oneOf('incremental', 'full', 'hybrid'), fallback: 'incremental',
    help: 'incremental: each event as it comes; full: refits from the log only; hybrid: both',
  }),
  refitEpochs: setting({
    group: 'Model', kind: whole(1, 100, { placeholder: 'epochs' }), fallback: DEFAULT_REFIT.epochs,
    help: 'epochs of a refit, where a call doesn’t say; the same for trainer and serving',
  }),
  refitGate: setting({
    group: 'Model', kind: whole(0, 100_000, { placeholder: 'events' }), fallback: DEFAULT_REFIT.gate,
    help: 'last events on which a candidate must not be worse than the serving model, and better than both floors; 0: no gate; where a call doesn’t say; the same for trainer and serving',
  }),
  refitOverlap: setting({
    group: 'Model', kind: whole(0, 100, { placeholder: 'percent' }), fallback: 10,
    help: 'how much of some shoppers’ lists must stay when a refit is promoted; a model that is another one altogether is kept out by the gate; 0: any',
  }),
  refitHours: setting({
    group: 'Model', kind: whole(0, 8_760, { placeholder: 'hours' }), fallback: 24,
    help: 'hours between the refits that full and hybrid ask for by the clock; 0: none',
  }),
  refitGrowth: setting({
    group: 'Model', kind: whole(0, 1_000, { placeholder: 'percent' }), fallback: 50,
    help: 'growth of the catalogue since the last refit at which full and hybrid ask for one; 0: never',
  }),
  eventTypes: setting<CustomTypes>({
    group: 'Events and storage', kind: typeWeights, fallback: {},
    help: 'event types of the shop’s own with their weights (view is 1, purchase 5); the same for all services',
  }),
  logRetentionDays: setting({
    group: 'Events and storage', kind: whole(1, 3_650, { placeholder: 'days' }), fallback: 90,
    help: 'days that log entries are kept',
  }),
  logMaxMb: setting({
    group: 'Events and storage', kind: whole(50, 100_000_000, { placeholder: 'megabytes' }), fallback: 10_000,
    help: 'what the log may take on disk; its oldest part goes first',
  }),
  recommendationLogSample: setting({
    group: 'Events and storage', kind: decimal(0, 1), fallback: 1,
    help: 'the share of lists that the recommendation log keeps, chosen by their names; 0: none',
  }),
  recommendationLogDays: setting({
    group: 'Events and storage', kind: whole(1, 3_650, { placeholder: 'days' }), fallback: 30,
    help: 'days that the recommendation log keeps a list',
  }),
  recommendationLogLists: setting({
    group: 'Events and storage', kind: whole(10_000, 1_000_000_000, { placeholder: 'lists' }), fallback: 1_000_000,
    help: 'lists that the recommendation log keeps at most; the oldest go first',
  }),
  sessionDays: setting({
    group: 'Events and storage', kind: whole(2, 36_500, { placeholder: 'days' }), fallback: 7,
    help: 'days without an event after which an anonymous session is forgotten',
  }),
  shopperDays: setting({
    group: 'Events and storage', kind: whole(2, 36_500, { placeholder: 'days' }), fallback: 400,
    help: 'days without an event after which a shopper is forgotten',
  }),
  unappliedItems: setting({
    group: 'Events and storage', kind: whole(1, 1_000_000_000), fallback: 1_000_000,
    help: 'accepted items that may wait for the trainer before writes are answered with 503',
  }),
  queueRate: setting({
    group: 'Events and storage', kind: whole(0, 1_000_000, { placeholder: 'jobs' }), fallback: 0,
    help: 'jobs of the queue “events” taken a second, over all ingest processes; 0: as many as come',
  }),
  queueDepth: setting({
    group: 'Events and storage', kind: whole(1, 100_000_000, { placeholder: 'jobs' }), fallback: 10_000,
    help: 'waiting jobs of the queue “events” from which on it is said that producers should hold back',
  }),
  activeUsers: setting({
    group: 'Serving', kind: whole(1, 100_000_000), fallback: 1_000_000,
    help: 'shoppers whose histories serving holds in memory',
  }),
  workers: setting({
    group: 'Serving', kind: whole(1, 64, { placeholder: 'processes' }), fallback: 1,
    help: 'processes of `freshet serving` that share its port; each holds a model of its own',
  }),
  url: setting({
    group: 'Commands', kind: webAddress, fallback: 'http://127.0.0.1:8080',
    help: 'a running Freshet to talk to',
  }),
  logLevel: setting<LogLevel>({
    group: 'Logging', kind: oneOf('debug', 'info', 'warn', 'error', 'silent'), fallback: 'info',
    help: 'how much is said on stderr',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [K in SettingName]: (typeof SETTINGS)[K]['fallback'] };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The table without the types of its values. */
export function settingOf(name: SettingName): Setting<unknown> {
  return SETTINGS[name] as unknown as Setting<unknown>;
}

/** `--max-items` */
export function optionName(name: SettingName): string {
  return `--${words(name).join('-')}`;
}

/** `FRESHET_MAX_ITEMS` */
export function variableName(name: SettingName): string {
  return settingOf(name).variable ?? `FRESHET_${words(name).join('_').toUpperCase()}`;
}

/** `max_items` */
export function keyName(name: SettingName): string {
  return words(name).join('_');
}

function words(name: SettingName): string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}
