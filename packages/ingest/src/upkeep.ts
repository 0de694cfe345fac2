/**
 * What ingest does beside requests, each on its own beat: heartbeat, backlog, housekeeping of the log, and following
 * the catalogue for the filling rules. Every loop waits on the clock, has one turn in flight, outlives failures and
 * ends with the signal.
 */
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeadLetters } from '@freshet/shared/ports/dead-letters';
import { FORGET_AT_ONCE, type LogUpkeep } from '@freshet/shared/ports/log-upkeep';
import type { Filler } from './clean/fill.js';
import type { IngestConfig } from './config.js';
import type { Pressure } from './pressure.js';
import type { Writer } from './writer.js';

const BACKLOG_MS = 1_000;
const HOUSEKEEPING_MS = 30_000;
const RETENTION_MS = 60_000;
const FORGET_MS = 3_600_000;
const CATALOGUE_MS = 1_000;
const CATALOGUE_ENTRIES = 100;
/** Shown as 0 while they are empty, so that their first letter is a rise. */
const DEAD_LETTER_QUEUES = ['ingest', 'trainer'];
/** How far back the filling rules look at a start, in entries. */
const CATALOGUE_BACK = 100_000;

export interface UpkeepOptions {
  readonly config: IngestConfig;
  readonly upkeep: LogUpkeep;
  readonly deadLetters: DeadLetters;
  readonly writer: Writer;
  readonly pressure: Pressure;
  readonly filler: Filler;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The log's head at the start. */
  readonly head: number;
}

/** Starts the loops; resolves when all have ended. */
export async function runUpkeep(options: UpkeepOptions): Promise<void> {
  const { config, upkeep, writer, pressure, clock } = options;
  const loops = [
    loop(options, { name: 'backlog', everyMs: BACKLOG_MS, turn: () => pressure.refresh() }),
    loop(options, { name: 'housekeeping', everyMs: HOUSEKEEPING_MS, turn: () => keepHouse(options) }),
    loop(options, { name: 'retention', everyMs: RETENTION_MS, turn: () => dropExpired(options) }),
    loop(options, { name: 'forgetting', everyMs: FORGET_MS, turn: () => forget(options) }),
  ];
  if (config.heartbeatMs !== undefined) {
    const beat = (): Promise<unknown> =>
      writer.submit({ body: { kind: 'events', events: [] }, keys: [], source: 'heartbeat', receivedAt: clock.now(), historical: false, bytes: 0 });
    loops.push(loop(options, { name: 'heartbeat', everyMs: config.heartbeatMs, turn: beat }));
  }
  if (Object.values(config.fill).some((rule) => rule !== 'none')) {
    loops.push(loop(options, { name: 'catalogue', everyMs: CATALOGUE_MS, turn: followCatalogue(upkeep, options) }));
  }
  await Promise.all(loops);
}

interface Loop {
  readonly name: string;
  readonly everyMs: number;
  readonly turn: () => Promise<unknown>;
}

/** Logs the first failure of a row and the recovery. */
async function loop({ clock, log, signal }: UpkeepOptions, { name, everyMs, turn }: Loop): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      await turn();
      if (failing) log.info(`${name} works again`);
      failing = false;
    } catch (thrown) {
      if (!failing && !signal.aborted) log.warn(`${name} failed; it is tried again`, { error: toError(thrown), every_ms: everyMs });
      failing = true;
    }
    await clock.sleep(everyMs, signal);
  }
}

async function keepHouse({ config, upkeep, deadLetters, metrics, log }: UpkeepOptions): Promise<void> {
  await upkeep.extend(config.logLimits.maxBytes);
  const rotation = await upkeep.rotateIds(config.rotationMs);
  if (rotation === 'rotated') log.info('the tables of seen event ids were rotated');
  await deadLetters.trim(config.deadLetters, config.deadLetterMs);
  showDeadLetters(metrics, await deadLetters.counts());
}

/** A queue whose last letter is gone has no count any more, and must not keep the one it had. */
function showDeadLetters({ deadLetters }: Metrics, counts: ReadonlyMap<string, number>): void {
  deadLetters.reset();
  for (const queue of DEAD_LETTER_QUEUES) deadLetters.set({ queue }, 0);
  for (const [queue, count] of counts) deadLetters.set({ queue }, count);
}

async function dropExpired({ config, upkeep, log }: UpkeepOptions): Promise<void> {
  const dropped = await upkeep.dropExpired(config.logLimits);
  if (dropped.length > 0) log.info('the oldest part of the log, beyond its retention, was dropped', { partitions: dropped });
}

async function forget({ config, upkeep, log, signal }: UpkeepOptions): Promise<void> {
  let people = 0;
  for (let count = FORGET_AT_ONCE; count === FORGET_AT_ONCE && !signal.aborted; people += count) count = await upkeep.forgetPeople(config.peopleLimits);
  if (people > 0) log.info('people who have not come for long were forgotten', { people });
}

function followCatalogue(upkeep: LogUpkeep, { filler, head, signal }: UpkeepOptions): () => Promise<void> {
  let after = Math.max(0, head - CATALOGUE_BACK);
  return async () => {
    for (let full = true; full && !signal.aborted; ) {
      const entries = await upkeep.readCatalogue(after, CATALOGUE_ENTRIES);
      for (const entry of entries) {
        if (entry.kind === 'catalogue') for (const change of entry.changes) filler.observe(change);
        after = entry.seq;
      }
      full = entries.length === CATALOGUE_ENTRIES;
    }
  };
}
