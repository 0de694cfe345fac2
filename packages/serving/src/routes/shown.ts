/** How a ranked item is answered: its numbers rounded, with the rating that its shopper would give it. */
import type { UserRef } from '@freshet/shared/domain/event';
import type { Engine } from '../engine.js';
import type { Voice } from '../messages/say.js';
import type { RankedItem, RankInput, Reason } from '../rank/input.js';

const NO_RATING = {};

/** Five decimals: single precision has no more, and printing them costs a tenth of an answer. `voice` says the reasons. */
export function shown({ id, score, propensity, explored, source, reasons }: RankedItem, voice?: Voice): RankedItem {
  const named = source === undefined ? { id, score: rounded(score) } : { id, score: rounded(score), source };
  const drawn = propensity === undefined ? named : { ...named, propensity: Number(propensity.toPrecision(4)) };
  const item = explored === true ? { ...drawn, explored } : drawn;
  return reasons === undefined ? item : { ...item, reasons: reasons.map((reason) => shownReason(reason, id, voice)) };
}

export function shownReason(reason: Reason, id: string, voice: Voice | undefined): Reason & { readonly text?: string } {
  const contribution = rounded(reason.contribution);
  return voice === undefined ? { ...reason, contribution } : { ...reason, contribution, text: voice.reason(reason, id) };
}

export function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

/** Milliseconds since `started` (of performance.now), to a microsecond. */
export function tookMs(started: number): number {
  return Math.round((performance.now() - started) * 1e3) / 1e3;
}

/** What the shopper (of an answer for a `user_id`) would rate an item, where somebody has rated it; from the same model version as the scores. */
export function ratingsFor({ people }: Engine, { model: { set } }: RankInput, rater: UserRef | undefined): (id: string) => { readonly predicted_rating?: number } {
  if (rater === undefined || set.ratings.count === 0) return () => NO_RATING;
  const ref = people.histories.aliasOf(rater) ?? rater;
  return (id) => {
    const row = set.rowOf(id);
    const rating = row === undefined ? undefined : set.ratings.predict(ref, row);
    return rating === undefined ? NO_RATING : { predicted_rating: Math.round(rating * 100) / 100 };
  };
}
