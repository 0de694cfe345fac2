/** `GET /v1/search/weights`: by which weights searches are ordered here, and how each version that was learned was judged. */
import { Type } from 'typebox';
import { KNOTS } from '@freshet/shared/domain/search-weights/choice-model';
import { DEFAULT_WEIGHTS, FEATURES } from '@freshet/shared/domain/search-weights/weights';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import type { WeightsTrial } from '@freshet/shared/ports/search-weights';
import type { Engine } from '../engine.js';
import { rounded } from './shown.js';

const MOST_TRIALS = 100;
const DEFAULT_TRIALS = 10;

const Weights = Type.Object(Object.fromEntries(FEATURES.map((name) => [name, Type.Number()])), { description: 'The text’s weight is always 1; each of the others is learned within a factor of three of its default.' });
const Trial = Type.Object({
  version: Type.Integer(),
  learned_at: Type.String({ format: 'date-time' }),
  based_on: Type.Integer({ description: 'The version in force that they were judged against.' }),
  weights: Weights,
  learned_from: Type.Integer({ description: 'Searches with something taken that taught them.' }),
  held_out: Type.Integer({ description: 'Newer ones that judged them.' }),
  log_likelihood_gain: Type.Number({ description: 'Mean over the held-out searches: how much likelier the new weights make what was taken.' }),
  chance: Type.Number({ description: 'How likely so large a gain would be were there none.' }),
  mrr: Type.Object({ learned: Type.Number(), in_force: Type.Number() }, { description: 'Mean reciprocal place of what was taken, by both orders, corrected for how often places are looked at.' }),
  looked_at: Type.Array(Type.Object({ place: Type.Integer(), share: Type.Number() }), { description: 'How often a place is looked at beside the first, as learned.' }),
  refusal: Type.Optional(Type.Object({ code: Type.String({ description: 'worse or uncertain.' }), detail: Type.String() })),
});
const SearchWeightsAnswer = Type.Object({
  mode: Type.String({ description: 'learned, or fixed where the setting says so.' }),
  version: Type.Integer({ description: 'In force in this process; 0: the defaults.' }),
  weights: Weights,
  defaults: Weights,
  trials: Type.Array(Trial, { description: 'Newest first. Without a refusal: in force from then on.' }),
});

export function registerSearchWeights(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'GET',
    path: '/v1/search/weights',
    operationId: 'getSearchWeights',
    summary: 'By which weights searches are ordered, and how those learned from clicks were judged',
    tags: ['answers'],
    query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_TRIALS, default: DEFAULT_TRIALS })) }),
    responses: { 200: SearchWeightsAnswer },
    example: { query: { limit: 3 } },
    handler: async ({ query }) => {
      const { searchWeights } = engine();
      const trials = await searchWeights.trials(query.limit ?? DEFAULT_TRIALS);
      const { version, weights } = searchWeights.inForce();
      return { body: { mode: searchWeights.mode, version, weights, defaults: DEFAULT_WEIGHTS, trials: trials.map(describe) } };
    },
  });
}

function describe({ version, learnedAt, basedOn, weights, learnedFrom, heldOut, gain, chance, mrr, looked, refusal }: WeightsTrial): object {
  return {
    version,
    learned_at: new Date(learnedAt).toISOString(),
    based_on: basedOn,
    weights,
    learned_from: learnedFrom,
    held_out: heldOut,
    log_likelihood_gain: rounded(gain),
    chance: rounded(chance),
    mrr: { learned: rounded(mrr.learned), in_force: rounded(mrr.inForce) },
    looked_at: KNOTS.map((place, i) => ({ place, share: rounded(looked[i] ?? 0) })),
    ...(refusal === undefined ? {} : { refusal: { code: refusal.code, detail: refusal.message } }),
  };
}
