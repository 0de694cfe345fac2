/**
 * A recommendation from request to answer: fetch first, then one synchronous block.
 *
 * 1. When the shopper's reference and history are here, nothing is awaited at all.
 * 2. What had to be fetched is fetched before the block; in it the model's version can't change.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import type { HttpReply } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import { hiddenOf } from '../rank/hidden.js';
import { hashOf } from '../token/hash.js';
import { wantedFields, withFields } from './fields.js';
import { listAnswer, seedFor } from './list-answer.js';
import type { Asked } from './made-list.js';
import { findPeople, NOBODY, peopleAtHand } from './people-at-hand.js';
import { type Collected, mayLoosen, rankInput } from './rank-input.js';
import { DEFAULT_LIMIT } from './schemas.js';
import { ratingsFor, shown } from './shown.js';
import { voiceOf } from './voice.js';
import { isReached, reach, reachLog } from './waiting.js';
import type { Method, Page, Wish } from './wish.js';

/** Nobody has this reference: random ones are never 0. */
const NOBODY_KNOWN = '0000000000000000' as UserRef;

interface How {
  readonly method: Method;
  readonly started: number;
  readonly page?: Page;
  /** Without what rules demand: with it there was nothing on the first page. */
  readonly isLoose?: boolean;
  /** Where all items that pass were needed. */
  readonly collected?: Collected;
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
  const before = page?.shown ?? [];
  const { isLoose = page?.texts.loose ?? false, collected } = how;
  const asked = askedOf(wish, { method, person, page, now, isLoose });
  const input = rankInput(engine, asked, {
    model: engine.beside.viewFor(person),
    now,
    before: before.length,
    excludeIds: listOf(wish.exclude_ids),
    hidden: page && hiddenOf([...page.excluded, ...before]),
    filter: wish.filter,
    isLoose,
    collected,
    reasons: wish.explain ?? false,
  });
  const ranking = engine.ranker[method](input);
  if (input.filter?.isShort === true) {
    const { filter } = input.filter;
    return engine.filterMatches.collect(filter).then((matches) => fetchThenAnswer(engine, wish, { ...how, collected: { key: filter.key, matches } }));
  }
  if (mayLoosen({ before, isLoose }, ranking.items.length, input)) return answer(engine, wish, { ...how, isLoose: true });
  engine.recent.add({ method, person, session: input.session, item: input.item });
  engine.shadow.offer({ method, input, ranking });
  engine.rungs[ranking.rung].inc();
  if (explore !== undefined) engine.explored.inc(ranking.items.filter(({ explored }) => explored === true).length);
  const wanted = wantedFields(wish.fields);
  const voice = input.reasons ? voiceOf(engine.shelf, wish.language) : undefined;
  const ratingOf = ratingsFor(engine, input, asked.ofUser ? (person ?? NOBODY_KNOWN) : undefined);
  const items = ranking.items.map((item) => withFields({ ...shown(item, voice), ...ratingOf(item.id) }, engine.shelf, wanted));
  return listAnswer(engine, { model: input.model, rung: ranking.rung, items, asked, isDrawn: ranking.isDrawn, before, now, started });
}

interface AskedOf {
  readonly method: Method;
  readonly person: UserRef | undefined;
  readonly page: Page | undefined;
  readonly now: number;
  readonly isLoose: boolean;
}

function askedOf(wish: Wish, { method, person, page, now, isLoose }: AskedOf): Asked {
  const { context, item_id, session, segments, explore, filter } = wish;
  const texts = { ...(item_id === undefined ? {} : { item_id }), ...(session === undefined ? {} : { session }), ...(segments && { segments }), ...(explore === undefined ? {} : { explore }), ...(filter && { filter: filter.key }), ...(isLoose && { loose: true }) };
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
