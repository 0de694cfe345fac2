/**
 * `POST /v1/search` and its suggestions: from request to answer. As for recommendations, what has to be fetched is fetched first, then one
 * synchronous block answers from one model version, one history and one catalogue.
 *
 * 1. Nothing waits for a write: what was searched for is learned from the `search` event that the shop sends with the answer's `query_id`; the answer
 *    itself goes into the recommendation log, as other lists do.
 * 2. The texts of every change of the catalogue that came before are indexed by then.
 */
import { randomUUID } from 'node:crypto';
import { problem } from '@freshet/shared/http/problem';
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import type { UserRef } from '@freshet/shared/domain/event';
import { cleanText } from '@freshet/shared/domain/text';
import type { Engine } from '../engine.js';
import type { Filter } from '../filter/expression.js';
import type { Matches } from '../filter/matches.js';
import { FIELDS_THERE_ARE, isFilterField } from '../filter/values.js';
import { sessionPart, type UnsentEvent } from '../rank/working-history.js';
import type { FoundItem } from '../search/searcher.js';
import { type FieldName, wantedFields, withFields } from './fields.js';
import { filterOfBody } from './filter-wish.js';
import { foundItem } from './found-item.js';
import { cleanWish, unfit } from './ids.js';
import type { ShownList } from './made-list.js';
import { fetchPeople, peopleAtHand, type PersonNames } from './people-at-hand.js';
import { DEFAULT_LIMIT } from './schemas.js';
import { SearchAnswer, SearchBody, SuggestionsAnswer, SuggestionsQuery } from './search-schemas.js';
import { rounded, tookMs } from './shown.js';
import { labelledBy } from './list-answer.js';
import { NO_SESSION } from './rank-input.js';
import { segmentsOf } from './segments.js';
import { readSession, type SentEvent } from './unsent.js';
import { isReached, reach, reachLog } from './waiting.js';

interface SearchWish extends PersonNames {
  readonly q: string;
  readonly session?: readonly SentEvent[];
  readonly filter?: object;
  readonly facets?: readonly string[];
  readonly segments?: readonly string[];
  readonly limit?: number;
  readonly offset?: number;
  readonly available?: string;
  readonly highlight?: boolean;
  readonly explain?: boolean;
  readonly fields?: readonly FieldName[];
  readonly after_sequence?: number;
  readonly wait_for?: string;
}

/** What was sent, checked. */
interface Asked {
  readonly wish: SearchWish;
  readonly query: string;
  readonly filter: Filter | undefined;
  readonly unsent: readonly UnsentEvent[];
  readonly started: number;
  /** By a filter's key all that pass it: of those that an answer has needed so far. */
  readonly collected: ReadonlyMap<string, Matches>;
}

const SUGGESTED = 10;
const CONTEXT = { context: 'search' } as const;

export function registerSearch(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'POST',
    path: '/v1/search',
    operationId: 'search',
    summary: 'Find items by what a shopper typed',
    tags: ['answers'],
    body: SearchBody,
    responses: { 200: SearchAnswer },
    example: { body: { q: 'mug', user_id: 'ada', filter: { price: { lte: 100 } }, facets: ['categories'], limit: 3, highlight: true } },
    handler: ({ body }) => search(engine(), check(engine(), body)),
  });
  http.route({
    method: 'GET',
    path: '/v1/search/suggestions',
    operationId: 'suggest',
    summary: 'What a shopper who has typed so far may be about to type',
    tags: ['answers'],
    query: SuggestionsQuery,
    responses: { 200: SuggestionsAnswer },
    example: { query: { q: 'mu', limit: 5 } },
    handler: async ({ query }) => {
      const started = performance.now();
      const { searcher, shelf, progress } = engine();
      const text = cleanQuery(query.q, '/query/q');
      if (!searcher.isReady()) await searcher.settled();
      const rules = engine().rules.use({ ...CONTEXT, segments: [], now: engine().clock.now(), before: 0 });
      const suggestions = searcher.suggest({ query: text, limit: query.limit ?? SUGGESTED, shelf, rules });
      return { body: { suggestions, catalogue_seq: progress.positions().log, took_ms: tookMs(started) } };
    },
  });
}

function check(engine: Engine, body: SearchWish): Asked {
  const started = performance.now();
  const query = cleanQuery(body.q, '/q');
  const filter = body.filter && filterOfBody(body.filter);
  checkFacets(body.facets ?? []);
  const unsent = body.session === undefined ? [] : readSession(body.session, { customTypes: engine.customTypes, now: engine.clock.now() });
  return { wish: cleanWish(body, ''), query, filter, unsent, started, collected: new Map() };
}

function cleanQuery(text: string, pointer: string): string {
  const query = cleanText(text);
  if (query === '') throw unfit({ pointer, code: 'minLength', detail: 'must have at least one character that is neither white space nor a control character' });
  return query;
}

function checkFacets(names: readonly string[]): void {
  const errors = names.flatMap((name, i) => (isFilterField(name) ? [] : [{ pointer: `/facets/${i}`, code: 'unknown_field', detail: `is not a field; there are ${FIELDS_THERE_ARE}` }]));
  if (errors.length > 0) throw problem(422, 'invalid_filter', { detail: `The facets can't be counted: ${errors[0]?.pointer} ${errors[0]?.detail}.`, options: { errors } });
}

function search(engine: Engine, asked: Asked): HttpReply | Promise<HttpReply> {
  const { wish } = asked;
  const people = peopleAtHand(engine, wish);
  if (people !== undefined && isReached(engine, wish.after_sequence, waitOf(wish)) && engine.searcher.isReady()) return answer(engine, asked, people);
  return fetchThenAnswer(engine, asked);
}

async function fetchThenAnswer(engine: Engine, asked: Asked): Promise<HttpReply> {
  const { wish } = asked;
  await (waitOf(wish) === 'history' ? reachLog : reach)(engine, wish.after_sequence);
  if (!engine.searcher.isReady()) await engine.searcher.settled();
  return answer(engine, asked, await fetchPeople(engine, wish));
}

function waitOf({ wait_for }: SearchWish): 'model' | 'history' {
  return wait_for === 'history' ? 'history' : 'model';
}

/** The synchronous block; it begins again where items that pass its filter have to be collected. */
function answer(engine: Engine, asked: Asked, [person]: readonly UserRef[]): HttpReply | Promise<HttpReply> {
  const { wish, query, filter, unsent, started, collected } = asked;
  const model = engine.beside.viewFor(person);
  const now = engine.clock.now();
  const offset = wish.offset ?? 0;
  const rules = engine.rules.use({ ...CONTEXT, segments: segmentsOf(engine, wish.segments, person), now, before: 0 });
  const { version: weightsVersion, weights } = engine.searchWeights.inForce();
  const found = engine.searcher.search({
    model,
    shelf: engine.shelf,
    history: person === undefined ? undefined : engine.people.find(person),
    session: unsent.length === 0 ? NO_SESSION : sessionPart(unsent, engine.customTypes),
    anyAvailability: wish.available === 'any',
    rules,
    weights,
    now,
    query,
    filter,
    matchesOf: (wanted) => collected.get(wanted.key) ?? engine.filterMatches.kept(wanted),
    facets: wish.facets ?? [],
    limit: wish.limit ?? DEFAULT_LIMIT,
    offset,
    highlights: wish.highlight ?? false,
  });
  const { lacking } = found;
  if (lacking !== undefined) return engine.filterMatches.collect(lacking).then((matches) => fetchThenAnswer(engine, { ...asked, collected: new Map([...collected, [lacking.key, matches]]) }));
  if (found.source !== 'text') engine.zeroResults[found.source].inc();
  const queryId = `q_${randomUUID()}`;
  engine.lists.add(queryId, { model, rung: found.source, items: found.items.map(kept), asked: { ...CONTEXT, method: 'search', person, isDrawn: false }, skipped: offset, now });
  const { log } = engine.progress.positions();
  const wanted = wantedFields(wish.fields);
  return {
    body: {
      query_id: queryId,
      items: found.items.map((item) => withFields(foundItem(item, wish.explain ?? false, rules), engine.shelf, wanted)),
      total: found.total,
      total_exact: found.exact,
      ...(found.category === undefined ? {} : { category: found.category }),
      ...(wish.facets === undefined ? {} : { facets: found.facets }),
      source: found.source,
      weights_version: weightsVersion,
      model_version: model.position.version,
      learned_until: model.position.applied,
      history_seq: log,
      catalogue_seq: log,
      ...labelledBy(model),
      took_ms: tookMs(started),
    },
  };
}

function kept({ id, score, source, features }: FoundItem): ShownList['items'][number] {
  return { id, score: rounded(score), features, ...(source && { source }) };
}
