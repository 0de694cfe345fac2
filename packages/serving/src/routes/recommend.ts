/**
 * A recommendation from request to answer: fetch first, then one synchronous block.
 *
 * 1. When the shopper's reference and history are here, nothing is awaited at all.
 * 2. What had to be fetched is fetched before the block; in it the model's version can't change.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import type { PersonKind } from '@freshet/shared/domain/keys';
import type { HttpReply } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import type { Filter } from '../filter/expression.js';
import type { Matches } from '../filter/matches.js';
import { useFilter } from '../filter/use.js';
import type { Language } from '../messages/messages.js';
import type { Voice } from '../messages/say.js';
import type { RankedItem, RankInput, Reason, SessionPart } from '../rank/input.js';
import { sessionPart, type UnsentEvent } from '../rank/working-history.js';
import { hashOf, type ListContext } from '../token/content.js';
import { type FieldName, wantedFields, withFields } from './fields.js';
import { type Asked, listAnswer, seedFor } from './list-answer.js';
import { DEFAULT_LIMIT } from './schemas.js';
import { voiceOf } from './voice.js';
import { isReached, reach, reachLog } from './waiting.js';

/** Its ids are cleaned (ids.ts), its events checked (unsent.ts) before it is asked for. */
export interface Wish {
  readonly user_id?: string;
  readonly session_id?: string;
  readonly session?: readonly UnsentEvent[];
  readonly item_id?: string;
  readonly context?: ListContext;
  readonly limit?: number;
  readonly exclude_ids?: readonly string[] | string;
  readonly exclude_seen?: boolean;
  readonly diversity?: number;
  readonly available?: 'only' | 'any';
  readonly filter?: Filter | undefined;
  readonly explain?: boolean;
  readonly language?: Language;
  readonly fields?: readonly FieldName[] | string;
  readonly after_sequence?: number;
  readonly wait_for?: 'model' | 'history';
}

export type Method = 'rank' | 'similar';

export const NO_SESSION: SessionPart = { events: [], marks: new Map() };
const NOBODY: readonly UserRef[] = [];
/** Nobody has this reference: random ones are never 0. */
const NOBODY_KNOWN = '0000000000000000' as UserRef;
const NO_RATING = {};

/** Answers at once when it can, else a promise. */
export function recommend(engine: Engine, wish: Wish, method: Method): HttpReply | Promise<HttpReply> {
  const started = performance.now();
  const people = peopleAtHand(engine, wish);
  if (people !== undefined && isReached(engine, wish.after_sequence, wish.wait_for)) return answer(engine, wish, { people, method, started });
  return fetchThenAnswer(engine, wish, { method, started });
}

interface How {
  readonly method: Method;
  readonly started: number;
  /** All items that pass the filter, where they were needed. */
  readonly matches?: Matches;
}

async function fetchThenAnswer(engine: Engine, wish: Wish, how: How): Promise<HttpReply> {
  await (wish.wait_for === 'history' ? reachLog : reach)(engine, wish.after_sequence);
  const asked = personKeys(wish).map(([kind, id]) => Promise.resolve(engine.refs.cached(kind, id) ?? engine.refs.find(kind, id)));
  const people = (await Promise.all(asked)).filter((ref) => ref !== undefined);
  await engine.people.complete(people);
  return answer(engine, wish, { people, ...how });
}

/** The references when all of them and their histories are in memory. */
function peopleAtHand(engine: Engine, wish: Wish): readonly UserRef[] | undefined {
  if (wish.user_id === undefined && wish.session_id === undefined) return NOBODY;
  const refs: UserRef[] = [];
  for (const [kind, id] of personKeys(wish)) {
    const ref = engine.refs.cached(kind, id);
    if (ref === undefined || !engine.people.isWhole(ref)) return undefined;
    refs.push(ref);
  }
  return refs;
}

function personKeys(wish: Wish): (readonly [PersonKind, string])[] {
  const keys: (readonly [PersonKind, string])[] = [];
  if (wish.user_id !== undefined) keys.push(['user', wish.user_id]);
  if (wish.session_id !== undefined) keys.push(['session', wish.session_id]);
  return keys;
}

/** The synchronous block. A signed-in shopper's history counts; the session's only for an anonymous one. */
function answer(engine: Engine, wish: Wish, how: How & { readonly people: readonly UserRef[] }): HttpReply | Promise<HttpReply> {
  const now = engine.clock.now();
  const [person] = how.people;
  const { filter } = wish;
  const input: RankInput = {
    model: engine.view(),
    shelf: engine.shelf,
    history: person === undefined ? undefined : engine.people.find(person),
    session: wish.session === undefined ? NO_SESSION : sessionPart(wish.session, engine.customTypes),
    item: wish.item_id,
    limit: wish.limit ?? DEFAULT_LIMIT,
    diversity: wish.diversity ?? 0,
    excludeIds: listOf(wish.exclude_ids),
    excludeSeen: wish.exclude_seen ?? false,
    anyAvailability: wish.available === 'any',
    filter: filter && useFilter(filter, engine.shelf, how.matches ?? engine.filterMatches.kept(filter)),
    reasons: wish.explain ?? false,
    now,
  };
  const ranking = engine.ranker[how.method](input);
  if (filter !== undefined && input.filter?.isShort === true) {
    return engine.filterMatches.collect(filter).then((matches) => fetchThenAnswer(engine, wish, { ...how, matches }));
  }
  engine.rungs[ranking.rung].inc();
  const wanted = wantedFields(wish.fields);
  const voice = input.reasons ? voiceOf(engine.shelf, wish.language) : undefined;
  const ratingOf = ratingsFor(engine, input, wish.user_id === undefined ? undefined : (person ?? NOBODY_KNOWN));
  return listAnswer(engine, {
    model: input.model,
    rung: ranking.rung,
    items: ranking.items.map((item) => withFields({ ...shown(item, voice), ...ratingOf(item.id) }, engine.shelf, wanted)),
    asked: askedOf(wish, { input, method: how.method, person }),
    before: [],
    now,
    started: how.started,
  });
}

function askedOf(wish: Wish, { input, method, person }: { readonly input: RankInput; readonly method: Method; readonly person: UserRef | undefined }): Asked {
  const { limit, diversity, excludeIds, excludeSeen, anyAvailability, item, now } = input;
  const { context, user_id, session, filter } = wish;
  const texts = { ...(item === undefined ? {} : { item_id: item }), ...(session === undefined ? {} : { session }), ...(filter && { filter: filter.key }) };
  const asked = { method, context, limit, diversity, rotation: 0, excludeSeen, anyAvailability, person, ofUser: user_id !== undefined, texts };
  return { ...asked, seed: seedFor(person, now), excluded: excludeIds.map(hashOf) };
}

/** What the shopper (of an answer for a `user_id`) would rate an item, where somebody has rated it; from the same model version as the scores. */
function ratingsFor({ people }: Engine, { model: { set } }: RankInput, rater: UserRef | undefined): (id: string) => { readonly predicted_rating?: number } {
  if (rater === undefined || set.ratings.count === 0) return () => NO_RATING;
  const ref = people.histories.own(rater)?.joined ?? rater;
  return (id) => {
    const row = set.rowOf(id);
    const rating = row === undefined ? undefined : set.ratings.predict(ref, row);
    return rating === undefined ? NO_RATING : { predicted_rating: Math.round(rating * 100) / 100 };
  };
}

/** Five decimals: single precision has no more, and printing them costs a tenth of an answer. `voice` says the reasons. */
export function shown(item: RankedItem, voice?: Voice): RankedItem {
  const { id, reasons } = item;
  const score = rounded(item.score);
  return reasons === undefined ? { id, score } : { id, score, reasons: reasons.map((reason) => shownReason(reason, id, voice)) };
}

export function shownReason(reason: Reason, id: string, voice: Voice | undefined): Reason & { readonly text?: string } {
  const contribution = rounded(reason.contribution);
  return voice === undefined ? { ...reason, contribution } : { ...reason, contribution, text: voice.reason(reason, id) };
}

export function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

function listOf(ids: readonly string[] | string | undefined): readonly string[] {
  if (ids === undefined) return [];
  return typeof ids === 'string' ? [ids] : ids;
}
