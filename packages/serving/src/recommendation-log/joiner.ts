/**
 * Joins clicks, carts and purchases to the lists they came from: follows the log a little behind its head, because a list is written a
 * moment after its answer.
 *
 * 1. An entry's feedback counts once, over restarts, replays and several joiners: the place in the log moves in the commit that counts it.
 * 2. A step takes page by page what is old enough, and gives way to requests between entries.
 * 3. Entries that retention has dropped before they were joined are passed over.
 */
import type { LogEntry } from '@freshet/shared/domain/entry';
import { type Feedback, feedbackOf } from '@freshet/shared/domain/recommendations';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { RecommendationLog } from '@freshet/shared/ports/recommendation-log';
import { createSlices } from '../follow/slices.js';
import { countJoined, type JoinMetrics } from './count.js';

/** Items read at once. */
const PAGE_ITEMS = 2_000;

export interface JoinerDeps {
  readonly recommendations: Pick<RecommendationLog, 'join' | 'joined'>;
  readonly entries: Pick<EntryLog, 'read'>;
  readonly clock: Clock;
  readonly metrics: JoinMetrics & Pick<Metrics, 'recommendationJoined'>;
}

export interface Joiner {
  /** Joins all that is old enough now, or until the signal aborts. */
  step(signal: AbortSignal): Promise<void>;
}

/** `delayMs`: how old an entry must be. */
export function createJoiner(delayMs: number, { recommendations, entries, clock, metrics }: JoinerDeps): Joiner {
  let place: number | undefined;

  return {
    async step(signal) {
      const slices = createSlices();
      while (!signal.aborted) {
        place ??= await recommendations.joined();
        const ready = oldEnough(await entries.read(place, PAGE_ITEMS), clock.now() - delayMs);
        const last = ready.at(-1);
        if (last === undefined) return;
        const feedback: Feedback[] = [];
        for (const entry of ready) {
          feedback.push(...feedbackIn(entry));
          await slices.rest();
        }
        // Whether a failed commit has moved the place is not known here: it is asked for again.
        const range = { after: place, upTo: last.seq };
        place = undefined;
        const joined = await recommendations.join(range, feedback);
        if (joined === undefined) continue;
        place = range.upTo;
        for (const one of joined) countJoined(metrics, one);
        metrics.recommendationJoined.set(last.receivedAt / 1_000);
      }
    },
  };
}

/** From the first one on; the clocks of several writers may differ. */
function oldEnough(page: readonly LogEntry[], receivedUpTo: number): readonly LogEntry[] {
  const young = page.findIndex(({ receivedAt }) => receivedAt > receivedUpTo);
  return young === -1 ? page : page.slice(0, young);
}

function feedbackIn(entry: LogEntry): Feedback[] {
  if (entry.kind !== 'events') return [];
  return entry.events.flatMap((event, index) => feedbackOf(event, { seq: entry.seq, index }) ?? []);
}
