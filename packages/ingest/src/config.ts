/**
 * Ingest's options → its resolved configuration, checked once. Every limit that ingest has is written here or beside
 * the constant it names.
 */
import { checkCustomTypes } from '@freshet/shared/domain/custom-types';
import type { CustomTypes } from '@freshet/shared/domain/event';
import { UsageError } from '@freshet/shared/errors';
import type { LogLimits, PeopleLimits } from '@freshet/shared/ports/log-upkeep';
import type { FillRule, FillRules } from './clean/fill.js';

export interface IngestOptions {
  /** Event types of the shop's own, with the weight the model gives them (0 < weight ≤ 100). */
  readonly customTypes?: CustomTypes;
  /** What to do about missing numeric attributes of items, by name. Default: nothing. */
  readonly fill?: FillRules;
  /** Transactions at once. Default 2: more only wait for the counter. */
  readonly writers?: number;
  /** Items of requests that share a commit. Default 2,000. */
  readonly groupItems?: number;
  /** Items that may wait for their commit before 503. Default 20,000. */
  readonly waitingItems?: number;
  /** Committed items that the trainer may be behind before 503. Default 1,000,000. */
  readonly unappliedItems?: number;
  /** How long entries are kept, in days. Default 90. */
  readonly logRetentionDays?: number;
  /** What the log may take on disk, in MB (10⁶ bytes); the oldest part goes first. Default 10,000. */
  readonly logMaxMb?: number;
  /** After how many days without an event an anonymous session is forgotten. Default 7. */
  readonly sessionDays?: number;
  /** After how many days without an event a shopper is forgotten. Default 400. */
  readonly shopperDays?: number;
  /** An entry without items each second, by which freshness is measured. Default true. */
  readonly heartbeat?: boolean;
  /** Rejected events kept. Default 10,000, for 30 days. */
  readonly deadLetters?: number;
  readonly deadLetterDays?: number;
  /** How long an event id is surely recognised, in hours (at most twice as long). Default 24. */
  readonly duplicateHours?: number;
  /** Jobs of the queue `events` taken a second, over all ingest processes. Default 0: as many as come. */
  readonly queueRate?: number;
  /** Waiting jobs of the queue `events` that are said to be too many. Default 10,000. */
  readonly queueDepth?: number;
}

export interface IngestConfig {
  readonly customTypes: CustomTypes;
  readonly fill: FillRules;
  readonly writers: number;
  readonly groupItems: number;
  readonly groupBytes: number;
  readonly waitingItems: number;
  readonly waitingBytes: number;
  readonly unappliedItems: number;
  readonly logLimits: LogLimits;
  readonly peopleLimits: PeopleLimits;
  readonly heartbeatMs: number | undefined;
  readonly deadLetters: number;
  readonly deadLetterMs: number;
  readonly rotationMs: number;
  readonly queueJobsPerSecond: number | undefined;
  readonly queueDepth: number;
}

/** Events or items in one request, and its bytes (API.md). */
export const REQUEST_ITEMS = 1_000;
export const REQUEST_BYTES = 2 * 1024 * 1024;

const MEGABYTE = 1_000_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HEARTBEAT_MS = 1_000;
const GROUP_BYTES = 4 * 1024 * 1024;
const WAITING_BYTES = 64 * 1024 * 1024;
const FILL_RULES: ReadonlySet<string> = new Set<FillRule>(['none', 'drop', 'mean', 'median', 'nearest', 'last']);

export function resolveIngestConfig(options: IngestOptions = {}): IngestConfig {
  return {
    customTypes: checkCustomTypes(options.customTypes ?? {}),
    fill: checkFill(options.fill ?? {}),
    writers: within('writers', options.writers ?? 2, [1, 16]),
    groupItems: within('groupItems', options.groupItems ?? 2_000, [1, 10_000]),
    groupBytes: GROUP_BYTES,
    waitingItems: within('waitingItems', options.waitingItems ?? 20_000, [1, 1_000_000]),
    waitingBytes: WAITING_BYTES,
    unappliedItems: within('unappliedItems', options.unappliedItems ?? 1_000_000, [1, Number.MAX_SAFE_INTEGER]),
    logLimits: {
      maxAgeMs: within('logRetentionDays', options.logRetentionDays ?? 90, [1 / 24, 36_500]) * DAY_MS,
      maxBytes: within('logMaxMb', options.logMaxMb ?? 10_000, [50, 100_000_000]) * MEGABYTE,
    },
    peopleLimits: {
      sessionDays: within('sessionDays', options.sessionDays ?? 7, [2, 36_500]),
      shopperDays: within('shopperDays', options.shopperDays ?? 400, [2, 36_500]),
    },
    heartbeatMs: (options.heartbeat ?? true) ? HEARTBEAT_MS : undefined,
    deadLetters: within('deadLetters', options.deadLetters ?? 10_000, [0, 1_000_000]),
    deadLetterMs: within('deadLetterDays', options.deadLetterDays ?? 30, [1 / 24, 3_650]) * DAY_MS,
    rotationMs: within('duplicateHours', options.duplicateHours ?? 24, [1, 720]) * HOUR_MS,
    queueJobsPerSecond: within('queueRate', options.queueRate ?? 0, [0, 1_000_000]) || undefined,
    queueDepth: within('queueDepth', options.queueDepth ?? 10_000, [1, 100_000_000]),
  };
}

function within(name: keyof IngestOptions, value: number, [low, high]: readonly [number, number]): number {
  if (value >= low && value <= high) return value;
  throw new UsageError('option_out_of_range', `ingest option ${name} is ${value}; it must be from ${low} to ${high}`);
}

function checkFill(rules: FillRules): FillRules {
  for (const [name, rule] of Object.entries(rules)) {
    if (!FILL_RULES.has(rule)) throw new UsageError('fill_rule', `fill rule "${rule}" of attribute "${name}" is none of ${[...FILL_RULES].join(', ')}`);
  }
  return rules;
}
