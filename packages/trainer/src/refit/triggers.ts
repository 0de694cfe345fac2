/**
 * When a trainer asks for a refit by itself: never with the strategy `incremental`; with `full` and `hybrid` when the catalogue has grown
 * by `growth` since the last one, or when drift was seen since. (By the clock: the schedule of the queue `maintenance`.)
 *
 * At least GAP_MS lie between two refits that were asked for so: a refit that doesn't help would otherwise be asked for again at once.
 */
import type { Clock } from '@freshet/shared/ports/clock';
import type { Refit, RefitLog, RefitOptions } from '@freshet/shared/ports/refit-log';

/** A refit learns in log order, the newest last: shuffled epochs lose what is recent, which several passes don't win back (docs/experiments.md). */
export const REFIT_ORDER = 'log';

/** Share of a history left out in a refit's epochs: several passes over the same examples want it, one pass doesn't. */
export function refitDropout(epochs: number): number {
  return epochs > 1 ? 0.4 : 0;
}

export type UpdateStrategy = 'incremental' | 'full' | 'hybrid';

export interface RefitPolicy {
  readonly strategy: UpdateStrategy;
  readonly options: RefitOptions;
  /** Hours between refits by the clock; 0 = none. */
  readonly everyHours: number;
  /** Share of new items, .5 = half as many again; 0 = not for growth. */
  readonly growth: number;
}

export interface TriggerParts {
  readonly refits: RefitLog;
  readonly clock: Pick<Clock, 'now'>;
  /** Item rows in use. */
  readonly items: () => number;
  /** The newest drift behind an entry, in words. */
  readonly driftSince: (seq: number) => string | undefined;
}

const GAP_MS = 3_600_000;
/** A young shop grows by half every minute. */
const FEWEST_ITEMS = 1_000;

/** To be called while none is under way. */
export function createTriggers(policy: RefitPolicy, { refits, clock, items, driftSince }: TriggerParts): () => Promise<void> {
  if (policy.strategy === 'incremental') return () => Promise.resolve();
  let first: number | undefined;
  return async () => {
    const [last] = await refits.list(1);
    first ??= items();
    if (last !== undefined && clock.now() - (last.endedAt ?? last.askedAt) < GAP_MS) return;
    const why = grown(policy, { now: items(), before: itemsOf(last) ?? first }) ?? driftSince(last?.report?.applied ?? 0);
    if (why !== undefined) await refits.ask(why, policy.options);
  };
}

function itemsOf(refit: Refit | undefined): number | undefined {
  return refit?.report?.items;
}

function grown({ growth }: RefitPolicy, { now, before }: { readonly now: number; readonly before: number }): string | undefined {
  if (growth === 0 || now < FEWEST_ITEMS || now < before * (1 + growth)) return undefined;
  return `the catalogue has grown from ${before} to ${now} items`;
}
