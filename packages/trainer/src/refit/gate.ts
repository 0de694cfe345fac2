/**
 * What a refit's gate measures of two models, candidate and serving: the events that both have ranked, and how much of some shoppers' lists
 * would stay. The judgement is shared/domain/quality/judge's.
 *
 * 1. Nothing is learned or counted by it.
 * 2. The probes are chosen by the seed alone (choose-probes). Fewer than LEAST_PROBES are no measurement.
 */
import { setImmediate } from 'node:timers/promises';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { chooseProbes, PROBE_LIST, PROBES } from '@freshet/shared/domain/quality/choose-probes';
import type { Judgement, PairedOutcome } from '@freshet/shared/domain/quality/judge';
import { overlapAt } from '@freshet/shared/domain/quality/lists';
import type { GateFigures } from '@freshet/shared/ports/refit-log';
import type { Learner, Ranked } from '../learner/port.js';

/** Of the log's last items about so many times the gate's events are looked at: some have no history to predict from. */
export const TAIL = 3;
const LEAST_PROBES = 5;

/** Events that both have ranked, by their number; `event` has the event of a number. */
export function pair(candidate: readonly Ranked[], serving: readonly Ranked[], event: (index: number) => LogEvent | undefined): PairedOutcome[] {
  const theirs = new Map(serving.map((one) => [one.index, one]));
  return candidate.flatMap(({ index, rank, floors }): PairedOutcome[] => {
    const other = theirs.get(index);
    const shopper = shopperOf(event(index));
    if (other === undefined) return [];
    // Both count the same events; the serving model has counted more of the past.
    const { popularity, follow } = other.floors ?? floors ?? { popularity: false, follow: false };
    return [{ candidate: rank, serving: other.rank, popularity, follow, ...(Number.isNaN(shopper) ? {} : { shopper }) }];
  });
}

/** The same number for the same shopper: 52 bits of the reference, of which a number keeps each. */
export function shopperOf(event: Pick<LogEvent, 'user'> | undefined): number {
  return Number.parseInt(event?.user.slice(-13) ?? '', 16);
}

type Lister = Pick<Learner, 'examine' | 'histories' | 'now'>;

/** Mean share of the probes' first items that both models have; undefined with too few probes. Call it while neither learns. */
export async function probeOverlap(candidate: Lister, serving: Lister, seed: number): Promise<number | undefined> {
  const refs = await chooseProbes(candidate.histories().outlines(), { seed, count: PROBES, rest: setImmediate });
  const overlaps: number[] = [];
  for (const ref of refs) {
    const [ours, theirs] = [listOf(candidate, ref), listOf(serving, ref)];
    if (ours !== undefined && theirs !== undefined) overlaps.push(overlapAt(ours, theirs, PROBE_LIST));
    await setImmediate();
  }
  return overlaps.length < LEAST_PROBES ? undefined : overlaps.reduce((sum, one) => sum + one, 0) / overlaps.length;
}

/** The shopper's best items as the model stands; undefined while it knows nothing of his history. */
function listOf(learner: Lister, user: UserRef): readonly string[] | undefined {
  const item = learner.histories().find(user)?.events[0]?.item;
  if (item === undefined) return undefined;
  // An event that never happens: after all that has, so that the whole history counts.
  const event: LogEvent = { id: '', type: 'view', user, item, ts: learner.now() };
  const [examined] = learner.examine([{ event, seq: Number.MAX_SAFE_INTEGER, index: 0 }], { collectTop: PROBE_LIST, remember: false });
  return examined?.top;
}

export function figuresOf({ events, hitRatio, ndcg, floors }: Judgement, overlap: number | undefined): GateFigures {
  return {
    events,
    candidate: { hr_10: hitRatio.candidate, ndcg_10: ndcg.candidate },
    serving: { hr_10: hitRatio.serving, ndcg_10: ndcg.serving },
    floors,
    ...(overlap === undefined ? {} : { overlap }),
  };
}
