/**
 * The loops of the recommendation log: each process writes its own lists; one in the whole installation joins feedback and tends the log.
 * Failures are logged and tried again; answers don't depend on any of it. At the stop what waits is written, for LAST_WRITE_MS at most.
 */
import type { ServiceContext } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Clock } from '@freshet/shared/ports/clock';
import type { JoinerRight, OwnedRecommendationLog } from '@freshet/shared/ports/recommendation-log';
import type { ResolvedServingOptions } from '../config.js';
import { startPump } from '../follow/pump.js';
import { createJoiner, type JoinerDeps } from './joiner.js';
import type { ListLog } from './list-log.js';

/** A pause between writes: a list waits that long at most while Postgres keeps up. */
const WRITE_MS = 200;
/** Then the process goes without them. */
const LAST_WRITE_MS = 2_000;
const JOIN_MS = 1_000;
const TEND_MS = 5_000;

export interface KeepDeps extends JoinerDeps {
  readonly recommendations: OwnedRecommendationLog;
  readonly clock: Clock;
  readonly log: Logger;
}

export function keepLists(lists: ListLog, { clock, log }: Pick<KeepDeps, 'clock' | 'log'>, context: ServiceContext): void {
  // Last in, first out: the loop ends, then what has come meanwhile is written.
  context.owner.defer('last lists', async () => {
    await within(clock, lists.write().catch(() => undefined));
    lists.close();
  });
  const running = startPump({
    clock,
    pollMs: WRITE_MS,
    signal: context.signal,
    work: lists.write,
    failed: (error, retryInMs) => log.warn('lists could not be written to the recommendation log; the next ones are tried again', { retry_ms: retryInMs, error }),
  });
  // A write may be waiting for a database that doesn't answer: it is not waited for.
  context.owner.defer('list writer', () => within(clock, running.done));
}

async function within(clock: Clock, work: Promise<void>): Promise<void> {
  const enough = new AbortController();
  await Promise.race([work, clock.sleep(LAST_WRITE_MS, enough.signal)]);
  enough.abort();
}

/** For one process at a time. */
export function keepOutcomes(options: ResolvedServingOptions, deps: KeepDeps, context: ServiceContext): void {
  const { recommendations, clock, log } = deps;
  const { joinDelayMs, limits } = options.recommendationLog;
  const joiner = createJoiner(joinDelayMs, deps);
  let right: JoinerRight | undefined;
  let tended = Number.NEGATIVE_INFINITY;
  const work = async (): Promise<void> => {
    if (right?.lost.aborted === true) right = undefined;
    right ??= await recommendations.tryOwn();
    if (right === undefined) return;
    if (clock.now() - tended >= TEND_MS) {
      const dropped = await recommendations.tend(limits);
      if (dropped > 0) log.info('the oldest lists of the recommendation log, beyond its limits, were dropped', { partitions: dropped });
      tended = clock.now();
    }
    await joiner.step(context.signal);
  };
  context.owner.defer('joiner right', () => right?.release());
  const running = startPump({
    clock,
    pollMs: JOIN_MS,
    signal: context.signal,
    work,
    failed: (error, retryInMs) => log.warn('feedback could not be joined to its lists; trying again', { retry_ms: retryInMs, error }),
  });
  context.owner.defer('joiner', () => running.done);
}
