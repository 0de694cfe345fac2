/**
 * Why an item is in a list, or why not: its score with all parts, its rank, what keeps it out, and where it would stand without single
 * events of the shopper's history.
 *
 * In: the request as a list's, the item. Out: plain numbers and codes; sentences are made of them by the routes.
 * 1. One synchronous block on one model version, with the code that ranks lists: nothing here computes a score of its own.
 * 2. The contributions add up to the score (reasons.ts), every event listed.
 * 3. A counterfactual is the standing of the item in the request without that event (without.ts, standing.ts).
 * Each rank is a pass over all rows: one for the item, one for each counterfactual, at most MOST_COUNTERFACTUALS.
 */
import type { HistoryEvent } from '@freshet/shared/domain/history';
import { scanFiltered } from '../filter/filtered-scan.js';
import { BURIED } from '../rules/rules.js';
import type { ItemSource, RankInput, Ranking, Reason, Rung } from './input.js';
import { type Obstacle, obstaclesOf } from './obstacles.js';
import { columnOf, type Scratch } from './prepare.js';
import { type EventPart, eventPartsOf, eventReason, explainScore, explainSimilar } from './reasons.js';
import { type Measured, type Method, type Standing, standingOf, type Subject } from './standing.js';
import { ruleParts } from './ruled.js';
import { withoutEvent, withoutItem } from './without.js';

export const MOST_COUNTERFACTUALS = 20;

export interface Asked extends Subject {
  /** Events, those that say most, of which the item's standing without them is told. */
  readonly counterfactuals: number;
}

/** The item's standing had an event not been, or all that was done with an item. */
export interface Counterfactual extends Standing {
  /** Of one event. */
  readonly event_type?: string;
  readonly item_id: string;
  readonly age_seconds?: number;
  /** How many events are left out. */
  readonly events: number;
}

export interface Explained {
  readonly rung: Rung;
  /** Items of the list as it would be made now. */
  readonly listed: number;
  /** Its place among them; 1 is the first. */
  readonly place?: number;
  /** What has put it there beside its rung. */
  readonly source?: ItemSource;
  /** A rule puts it behind everything that isn't buried. */
  readonly isBuried: boolean;
  readonly obstacles: readonly Obstacle[];
  /** Missing when this version can't score it. */
  readonly standing?: Standing;
  readonly reasons: readonly Reason[];
  readonly without: readonly Counterfactual[];
  /** What the last place of the list takes, when the item stands behind it. */
  readonly needed?: { readonly rank: number; readonly score: number };
  /** It scores well enough, but the list is diversified or rotated, or places are given away, and others have its place. */
  readonly isVaried: boolean;
}

export interface ExplainWith {
  readonly scratch: Scratch;
  /** What the request's list is now. */
  readonly list: Ranking;
}

interface Read {
  reasons: Reason[];
  events: readonly EventPart[];
  needed?: { readonly rank: number; readonly score: number };
}

export function explainItem(input: RankInput, asked: Asked, { scratch, list }: ExplainWith): Explained {
  const read: Read = { reasons: [], events: [] };
  const standing = standingOf(input, { ...asked, rung: list.rung }, scratch, (found) => lookCloser(input, found, { read, scratch, method: asked.method }));
  const place = 1 + list.items.findIndex(({ id }) => id === asked.id);
  const source = list.items[place - 1]?.source;
  const isListed = place > 0;
  const obstacles = isListed ? [] : obstaclesOf(input, asked.id, list.rung);
  const isFree = !isListed && obstacles.length === 0;
  return {
    rung: list.rung,
    listed: list.items.length,
    ...(isListed ? { place } : {}),
    ...(source && { source }),
    isBuried: input.rules?.raises === true && input.rules.raisedBy(asked.id).some(({ by }) => by === BURIED),
    obstacles,
    ...(standing === undefined ? {} : { standing }),
    reasons: read.reasons,
    without: read.events.length === 0 ? [] : counterfactuals(input, asked, { scratch, events: read.events }),
    ...(isFree && read.needed !== undefined ? { needed: read.needed } : {}),
    isVaried: isFree && standing !== undefined && standing.rank <= list.items.length,
  };
}

/** While query and column are the request's. */
function lookCloser(input: RankInput, found: Measured, { read, scratch, method }: { readonly read: Read; readonly scratch: Scratch; readonly method: Method }): void {
  const { model: { set }, now, limit } = input;
  const { scoring, rank, row } = found;
  const id = row === undefined ? undefined : set.nameOf(row);
  const ruled = ruleParts(input, id ?? '');
  const score = found.score - (row === undefined ? 0 : ruled.added);
  if (row === undefined || scoring === 'trending' || scoring === 'newest') {
    // Of these lists rules change the order, not the scores.
    read.reasons = [{ kind: scoring === 'newest' ? 'newest' : 'trending', contribution: found.score }, ...ruled.reasons.map((reason) => ({ ...reason, contribution: 0 }))];
    return;
  }
  const item = input.item === undefined ? undefined : set.rowOf(input.item);
  if (method === 'similar' && item !== undefined) read.reasons = explainSimilar(set, { row, score, item });
  else {
    read.reasons = explainScore(set, scratch.query, { row, score, now }, Number.POSITIVE_INFINITY);
    read.events = eventPartsOf(set, scratch.query, { row, score, now });
  }
  read.reasons = [...read.reasons, ...ruled.reasons];
  if (rank <= limit) return;
  const count = scanFiltered(set, { k: limit, column: columnOf(input), raised: scratch.adjust.changed(), filter: input.filter });
  if (count === limit) read.needed = { rank: limit, score: set.foundScores[limit - 1] ?? found.score };
}

/** Of the events that say most, and of items with which several of these were done. */
function counterfactuals(input: RankInput, asked: Asked, { scratch, events }: { readonly scratch: Scratch; readonly events: readonly EventPart[] }): Counterfactual[] {
  const top = events.slice(0, asked.counterfactuals);
  const several = [...new Set(top.map(({ event }) => event.item))].filter((item) => countOf(events, item) > 1);
  const ofEvents = top.flatMap((part) => counterfactual(withoutEvent(input, part.event), describe(part, input.now)));
  const ofItems = several.flatMap((item) => counterfactual(withoutItem(input, item), { item_id: item, events: countOf(events, item) }));
  return [...ofEvents, ...ofItems];

  function counterfactual(changed: RankInput, what: Pick<Counterfactual, 'item_id' | 'events'>): Counterfactual[] {
    const standing = standingOf(changed, asked, scratch);
    return standing === undefined ? [] : [{ ...what, ...standing }];
  }
}

function describe(part: EventPart, now: number): Pick<Counterfactual, 'item_id' | 'events' | 'event_type' | 'age_seconds'> {
  const { event_type: type, age_seconds: age } = eventReason(part, now);
  return { item_id: part.event.item, events: 1, ...(type === undefined ? {} : { event_type: type }), ...(age === undefined ? {} : { age_seconds: age }) };
}

function countOf(events: readonly { readonly event: HistoryEvent }[], item: string): number {
  return events.filter(({ event }) => event.item === item).length;
}
