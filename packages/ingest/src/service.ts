/**
 * Ingest as a service: composition of its parts on given adapters.
 *
 * 1. Routes are registered before this returns, so that the caller may listen at once; until `ready` the log may not
 *    be reachable, and writes answer 503.
 * 2. `stop` drains: requests taken in are committed and answered, then the loops end. The adapters are the caller's.
 */
import { toError } from '@freshet/shared/errors';
import type { HealthChecks } from '@freshet/shared/http/health';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import { type Service, startService } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeadLetters } from '@freshet/shared/ports/dead-letters';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { EventQueue } from '@freshet/shared/ports/event-queue';
import type { JobQueue } from '@freshet/shared/ports/job-queue';
import type { LogLimits, LogUpkeep } from '@freshet/shared/ports/log-upkeep';
import type { UserRefs } from '@freshet/shared/ports/user-refs';
import { createFiller } from './clean/fill.js';
import type { IngestConfig } from './config.js';
import { createRedrive } from './dead-letters/redrive.js';
import { createIntake, type Intake } from './intake.js';
import { createPeople } from './people.js';
import { createPressure } from './pressure.js';
import { startQueueIntake } from './queue/start.js';
import { createRejects } from './rejects.js';
import { registerDeadLetterRoutes } from './routes/dead-letters.js';
import { registerEventRoutes } from './routes/events.js';
import { registerItemRoutes } from './routes/items.js';
import { runUpkeep } from './upkeep.js';
import { createWakeUps } from './wake-ups.js';
import { createWriter } from './writer.js';

export interface IngestDeps {
  readonly entryLog: EntryLog;
  readonly upkeep: LogUpkeep;
  readonly userRefs: UserRefs;
  readonly deadLetters: DeadLetters;
  readonly queue: Pick<JobQueue, 'add'>;
  /** What producers write into; left out where nobody can (a queue in memory), and by processes that only take in from inside. */
  readonly events?: EventQueue | undefined;
  readonly announcer: Pick<Announcer, 'announce'>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** Left out by a process that only takes in from inside (import, demo). */
  readonly http?: RouteRegistrar & { readonly health: HealthChecks };
}

export interface IngestService extends Service {
  /** The same way in without HTTP. It doesn't look at the back-pressure: who feeds it awaits each answer. */
  readonly intake: Intake;
}

const START_RETRY_MS = 1_000;

export function startIngest(config: IngestConfig, deps: IngestDeps): IngestService {
  const { clock, log, metrics, upkeep, deadLetters } = deps;
  const filler = createFiller(config.fill);
  const wakeUps = createWakeUps({ queue: deps.queue, clock, metrics, log });
  const rejects = createRejects({ deadLetters, metrics, log });
  const onCommit = (seq: number): void => {
    deps.announcer.announce('log', seq);
    wakeUps.committed(seq);
  };
  const people = createPeople({ userRefs: deps.userRefs, clock });
  const writer = createWriter({ ...config, entryLog: deps.entryLog, people, onCommit, log });
  const pressure = createPressure({ limits: config, waiting: writer.waiting, upkeep, metrics, log });
  const intake = createIntake({ config, writer, filler, rejects, metrics, clock });

  const service = startService(async ({ owner, signal }) => {
    owner.defer('wake-ups', () => wakeUps.close());
    owner.defer('rejects', () => rejects.close());
    owner.defer('writer', () => writer.close());
    if (deps.http !== undefined) {
      addRoutes(deps.http, { intake, pressure, clock, entryLog: deps.entryLog });
      registerDeadLetterRoutes(deps.http, { deadLetters, pressure, redrive: createRedrive({ deadLetters, intake, writer, clock }) });
    }
    const head = await firstContact(deps, config.logLimits, signal);
    const loops = runUpkeep({ config, upkeep, deadLetters, writer, pressure, filler, metrics, clock, log, signal, head });
    owner.defer('upkeep', () => loops);
    if (deps.events !== undefined) {
      await startQueueIntake({ config, queue: deps.events, intake, pressure, rejects, metrics, clock, log, health: deps.http?.health }, { owner, signal });
    }
  });
  return { ...service, intake };
}

function addRoutes(http: NonNullable<IngestDeps['http']>, deps: Parameters<typeof registerEventRoutes>[1] & { readonly entryLog: EntryLog }): void {
  registerEventRoutes(http, deps);
  registerItemRoutes(http, deps);
  http.health.addReadiness('log', async () => {
    await deps.entryLog.head();
    return { ok: true };
  });
}

/** Waits for the log as long as it takes: services may be started before their database. */
async function firstContact({ upkeep, entryLog, clock, log }: IngestDeps, { maxBytes }: LogLimits, signal: AbortSignal): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      await upkeep.extend(maxBytes);
      return await entryLog.head();
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      if (attempt === 0) log.warn('waiting for the log', { error: toError(thrown) });
      await clock.sleep(START_RETRY_MS, signal);
    }
  }
}
