/**
 * A recommendation from request to answer: fetch first, then one synchronous block.
 *
 * 1. When the shopper's reference and history are here, nothing is awaited at all.
 * 2. What had to be fetched is fetched before the block; in it the model's version can't change.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import type { HttpReply } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import type { Matches } from '../filter/matches.js';
import { useFilter } from '../filter/use.js';
import { explorationOf } from '../rank/explore.js';
import { hiddenOf } from '../rank/hidden.js';
import type { RankInput, SessionPart } from '../rank/input.js';
import { sessionPart } from '../rank/working-history.js';
import { hashOf } from '../token/hash.js';
import { wantedFields, withFields } from './fields.js';
import { listAnswer, seedFor } from './list-answer.js';
import type { Asked } from './made-list.js';
import { findPeople, NOBODY, peopleAtHand } from './people-at-hand.js';
import { DEFAULT_LIMIT } from './schemas.js';
import { ratingsFor, shown } from './shown.js';
import { voiceOf } from './voice.js';
import { isReached, reach, reachLog } from './waiting.js';
import type { Method, Page, Wish } from './wish.js';

export const NO_SESSION: SessionPart = { events: [], marks: new Map() };
/** Nobody has this reference: random ones are never 0. */
const NOBODY_KNOWN = '0000000000000000' as UserRef;

interface How {
  readonly method: Method;
  readonly started: number;
  readonly page?: Page;
  /** Without what rules demand: with it there was nothing. */
  readonly isLoose?: boolean;
  /** All items that pass the filter, where they were needed. */
  readonly matches?: Matches;
}

/** Answers at once when it can, else a promise. */
export function recommend(engine: Engine, wish: Wish, method: Method, page?: Page): HttpReply | Promise<HttpReply> {
  const how: How = { method, started: performance.now(), ...(page && { page }) };
  const people = page === undefined ? peopleAtHand(engine, wish) : pagePeople(engine, page);
  if (people !== undefined && isReached(engine, wish.after_sequence, wish.wait_for)) return answer(engine, wish, { people, ...how });
  return fetchThenAnswer(engine, wish, how);
}

async function fetchThenAnswer(engine: Engine, wish: Wish, how: How): Promise<HttpReply> {
  await (wish.wait_for === 'history' ? reachLog : reach)(engine, wish.after_sequence);
  const people = how.page === undefined ? await findPeople(engine, wish) : how.page.person === undefined ? NOBODY : [how.page.person];
  await engine.people.complete(people);
  return answer(engine, wish, { people, ...how });
}

function pagePeople(engine: Engine, { person }: Page): readonly UserRef[] | undefined {
  if (person === undefined) return NOBODY;
  return engine.people.isWhole(person) ? [person] : undefined;
}

/** The synchronous block. A signed-in shopper's history counts; the session's only for an anonymous one. */
function answer(engine: Engine, wish: Wish, how: How & { readonly people: readonly UserRef[] }): HttpReply | Promise<HttpReply> {
  const { method, page, started } = how;
  const now = engine.clock.now();
  const [person] = how.people;
  const { explore } = wish;
  const rules = engine.rules.use({ context: wish.context, segments: wish.segments ?? [], now, before: page?.shown.length ?? 0 });
  const filter = rules === undefined ? wish.filter : rules.filter(wish.filter, how.isLoose !== true);
  const asked = askedOf(wish, { method, person, page, now });
  const input: RankInput = {
    model: engine.beside.viewFor(person),
    shelf: engine.shelf,
    history: person === undefined ? undefined : engine.people.find(person),
    session: wish.session === undefined ? NO_SESSION : sessionPart(wish.session, engine.customTypes),
    item: wish.item_id,
    limit: asked.limit,
    diversity: asked.diversity,
    rotation: asked.rotation === 0 ? undefined : asked,
    exploration: explorationOf(explore, asked.seed, page?.shown.length ?? 0),
    hidden: page && hiddenOf([...page.excluded, ...page.shown]),
    rules,
    excludeIds: listOf(wish.exclude_ids),
    excludeSeen: asked.excludeSeen,
    anyAvailability: asked.anyAvailability,
    filter: filter && useFilter(filter, engine.shelf, how.matches ?? engine.filterMatches.kept(filter)),
    reasons: wish.explain ?? false,
    now,
  };
  const ranking = engine.ranker[method](input);
  if (filter !== undefined && input.filter?.isShort === true) {
    return engine.filterMatches.collect(filter).then((matches) => fetchThenAnswer(engine, wish, { ...how, matches }));
  }
  // What rules demand must not leave nothing to show; what they leave out stays out.
  if (ranking.items.length === 0 && rules?.demands === true && how.isLoose !== true) {
    const { matches: _, ...again } = how;
    return answer(engine, wish, { ...again, isLoose: true });
  }
  engine.recent.add({ method, person, session: input.session, item: input.item });
  engine.shadow.offer({ method, input, ranking });
  engine.rungs[ranking.rung].inc();
  if (explore !== undefined) engine.explored.inc(ranking.items.filter(({ explored }) => explored === true).length);
  const wanted = wantedFields(wish.fields);
  const voice = input.reasons ? voiceOf(engine.shelf, wish.language) : undefined;
  const ratingOf = ratingsFor(engine, input, asked.ofUser ? (person ?? NOBODY_KNOWN) : undefined);
  const items = ranking.items.map((item) => withFields({ ...shown(item, voice), ...ratingOf(item.id) }, engine.shelf, wanted));
  return listAnswer(engine, { model: input.model, rung: ranking.rung, items, asked, before: page?.shown ?? [], now, started });
}

interface AskedOf {
  readonly method: Method;
  readonly person: UserRef | undefined;
  readonly page: Page | undefined;
  readonly now: number;
}

function askedOf(wish: Wish, { method, person, page, now }: AskedOf): Asked {
  const { context, item_id, session, segments, explore, filter } = wish;
  const texts = { ...(item_id === undefined ? {} : { item_id }), ...(session === undefined ? {} : { session }), ...(segments && { segments }), ...(explore === undefined ? {} : { explore }), ...(filter && { filter: filter.key }) };
  return {
    method,
    context,
    person,
    texts,
    limit: wish.limit ?? DEFAULT_LIMIT,
    diversity: wish.diversity ?? 0,
    rotation: wish.rotation ?? 0,
    excludeSeen: wish.exclude_seen ?? false,
    anyAvailability: wish.available === 'any',
    ofUser: page?.ofUser ?? wish.user_id !== undefined,
    seed: page?.seed ?? seedFor(person, now),
    excluded: page?.excluded ?? listOf(wish.exclude_ids).map(hashOf),
  };
}

function listOf(ids: readonly string[] | string | undefined): readonly string[] {
  if (ids === undefined) return [];
  return typeof ids === 'string' ? [ids] : ids;
}
