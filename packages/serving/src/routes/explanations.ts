/**
 * Why an item is in a list, or why not. The list is the one of the token, ranked again now; nothing of it is stored.
 *
 * 1. Fetch first, then one synchronous block: all numbers are of one model version, which the answer names.
 * 2. What the token says of the list as it was given out stands apart from what is so now (`shown`).
 */
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import { problem } from '@freshet/shared/http/problem';
import type { Engine } from '../engine.js';
import type { ModelView } from '../follow/model-view.js';
import type { Language } from '../messages/messages.js';
import type { Voice } from '../messages/say.js';
import type { Explained } from '../rank/explain.js';
import type { Method } from '../rank/standing.js';
import type { ListToken } from '../token/content.js';
import { hashOf } from '../token/hash.js';
import { DEFAULT_COUNTERFACTUALS, ExplanationAnswer, ExplanationParams, ExplanationQuery } from './explanation-schemas.js';
import { cleanId } from './ids.js';
import { labelledBy } from './list-answer.js';
import { mayLoosen } from './rank-input.js';
import { rounded, shownReason, tookMs } from './shown.js';
import { tokenFilter } from './token-filter.js';
import { inputOf, shownBefore, type Ways } from './token-input.js';
import { voiceOf } from './voice.js';
import { reach, reachLog } from './waiting.js';

export interface ExplanationWish {
  readonly token: ListToken;
  readonly list: string;
  readonly item: string;
  readonly counterfactuals?: number | undefined;
  readonly language?: Language | undefined;
}

export function registerExplanations(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'GET',
    path: '/v1/recommendations/{recommendation_id}/explanation',
    operationId: 'explainRecommendation',
    summary: 'Why an item is in a list, or why not',
    tags: ['answers'],
    params: ExplanationParams,
    query: ExplanationQuery,
    responses: { 200: ExplanationAnswer },
    example: { params: { recommendation_id: 'rec_an-id-that-a-list-came-with' }, query: { item_id: 'mug-1', language: 'en' } },
    handler: async ({ params: { recommendation_id: list }, query: { item_id, after_sequence, wait_for, counterfactuals, language } }) => {
      const { tokens, clock, people } = engine();
      const token = tokens.read(list, clock.now());
      const item = cleanId(item_id, '/query/item_id');
      const asked = tokenFilter(token, 'list_not_explained');
      await (wait_for === 'history' ? reachLog : reach)(engine(), after_sequence);
      if (token.person !== undefined) await people.complete([token.person]);
      return explain(engine(), { token, list, item, counterfactuals, language }, { asked, isLoose: token.texts.loose === true && shownBefore(token).length > 0 });
    },
  });
}

/** The synchronous block; it begins again where items that pass its filter have to be collected, or rules demand what leaves nothing. */
function explain(engine: Engine, wish: ExplanationWish, ways: Ways): HttpReply | Promise<HttpReply> {
  const started = performance.now();
  const { token, item } = wish;
  const input = inputOf(engine, token, ways);
  if (input.filter !== undefined && input.filter.matches === undefined) {
    const { filter } = input.filter;
    return engine.filterMatches.collect(filter).then((matches) => explain(engine, wish, { ...ways, collected: { key: filter.key, matches } }));
  }
  const counterfactuals = wish.counterfactuals ?? DEFAULT_COUNTERFACTUALS;
  const explained = withEarlierPages(engine.ranker.explain(input, { id: item, method: methodOf(token), counterfactuals }), token, item);
  if (mayLoosen({ before: shownBefore(token), isLoose: ways.isLoose }, explained.listed, input)) return explain(engine, wish, { ...ways, isLoose: true });
  return answer(engine, wish, { explained, model: input.model, started });
}

interface Made {
  readonly explained: Explained;
  readonly model: ModelView;
  readonly started: number;
}

function answer(engine: Engine, { token, list, item, language }: ExplanationWish, { explained, model, started }: Made): HttpReply {
  const { position } = model;
  const voice = voiceOf(engine.shelf, language);
  const { log } = engine.progress.positions();
  return {
    body: {
      recommendation_id: list,
      item_id: item,
      text: summary(explained, { voice, item, places: token.limit }),
      shown: shownThen(token, item),
      ...bodyOf(explained, item, voice),
      ...(token.whole ? {} : { incomplete: true }),
      model_version: position.version,
      learned_until: position.applied,
      history_seq: log,
      catalogue_seq: log,
      ...labelledBy(model),
      fallback: explained.rung,
      took_ms: tookMs(started),
    },
  };
}

function methodOf({ method }: ListToken): Method {
  if (method === 'rank' || method === 'similar') return method;
  throw problem(422, 'list_not_explained', { detail: `Recommendations and similar items are explained; this list is of the kind “${method}”.` });
}

function bodyOf({ place, source, standing, reasons, obstacles, needed, without }: Explained, item: string, voice: Voice): object {
  return {
    ...(place === undefined ? {} : { place }),
    ...(source && { source }),
    ...(standing === undefined ? {} : { ...standing, score: rounded(standing.score) }),
    reasons: reasons.map((reason) => shownReason(reason, item, voice)),
    obstacles: obstacles.map((obstacle) => ({ ...obstacle, text: voice.obstacle(item, obstacle) })),
    ...(needed === undefined ? {} : { needed: { ...needed, score: rounded(needed.score) } }),
    without: without.map((left) => ({ ...left, score: rounded(left.score), text: voice.without(left, { before: standing?.rank ?? left.rank, after: left.rank }) })),
  };
}

/** To the ranking what earlier pages have shown is excluded like the request's own ids. */
function withEarlierPages(explained: Explained, token: ListToken, item: string): Explained {
  const hash = hashOf(item);
  if (token.excluded.includes(hash) || !shownBefore(token).includes(hash)) return explained;
  return { ...explained, obstacles: explained.obstacles.map((obstacle) => (obstacle.code === 'excluded' ? { code: 'shown_before' } : obstacle)) };
}

function summary({ place, source, standing, obstacles, needed, isVaried, isBuried }: Explained, { voice, item, places }: { readonly voice: Voice; readonly item: string; readonly places: number }): string {
  if (place !== undefined) return voice.listed(item, place, source);
  if (obstacles.length > 0) return obstacles.map((obstacle) => voice.obstacle(item, obstacle)).join('; ');
  if (standing === undefined) return voice.unscored(item);
  if (isBuried) return voice.buried(item, standing.rank);
  if (isVaried) return voice.varied(item, standing.rank);
  return voice.behind(item, { ...standing, places, needed: needed?.score ?? standing.score });
}

function shownThen({ madeAt, modelVersion, shown, own }: ListToken, item: string): object {
  const place = 1 + shown.slice(shown.length - own).indexOf(hashOf(item));
  return { ...(place > 0 ? { place } : {}), model_version: modelVersion, at: new Date(madeAt).toISOString() };
}
