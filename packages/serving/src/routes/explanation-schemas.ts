/** Schemas of the explanation of one item of a list. */
import { Type } from 'typebox';
import { MOST_COUNTERFACTUALS } from '../rank/explain.js';
import { ITEM_SOURCES } from '../rank/input.js';
import { OBSTACLES } from '../rank/obstacles.js';
import { Reason } from './reason-schema.js';
import { AfterSequence, Id, Provenance, Time, WaitFor } from './schemas.js';
import { LanguageWish } from './voice.js';

export const DEFAULT_COUNTERFACTUALS = 3;

export const ExplanationParams = Type.Object({ recommendation_id: Type.String({ minLength: 1, maxLength: 4_096 }) });

export const ExplanationQuery = Type.Object({
  item_id: Id,
  counterfactuals: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MOST_COUNTERFACTUALS, default: DEFAULT_COUNTERFACTUALS, description: 'Events, those that say most, without which the item is ranked anew.' }),
  ),
  language: Type.Optional(LanguageWish),
  after_sequence: Type.Optional(AfterSequence),
  wait_for: Type.Optional(WaitFor),
});

const scoring = Type.String({ description: 'What made the score: personal, similar, trending or newest.' });
const score = Type.Number();
const rank = Type.Integer({ description: 'Place in the whole order by score, 1 being the best.' });
const text = Type.String();
const event = {
  event_type: Type.Optional(Type.String()),
  age_seconds: Type.Optional(Type.Integer()),
};

const Obstacle = Type.Object({
  code: Type.String({ description: `One of ${OBSTACLES.join(', ')}.` }),
  ...event,
  rule: Type.Optional(Type.String({ description: 'Of `ruled_out` and `not_demanded`: the rule’s id.' })),
  shoppers: Type.Optional(Type.Integer({ description: 'Of `too_few_shoppers`: how many have dealt with the item.' })),
  needed: Type.Optional(Type.Integer({ description: 'Of `too_few_shoppers`: how many it takes.' })),
  text,
});

const Counterfactual = Type.Object({
  item_id: Type.String(),
  ...event,
  events: Type.Integer({ description: 'How many events are left out: one, or all of an item.' }),
  scoring,
  score,
  rank,
  text,
});

export const ExplanationAnswer = Type.Object({
  recommendation_id: Type.String({ description: 'The list’s.' }),
  item_id: Type.String(),
  text: Type.String({ description: 'Where the item stands, in a sentence or some.' }),
  shown: Type.Object({ place: Type.Optional(Type.Integer()), model_version: Type.Integer(), at: Time }, { description: 'The list as it was given out: the item’s place in it, if it had one.' }),
  place: Type.Optional(Type.Integer({ description: 'Its place in the list as it would be made now; missing when it would not be in it.' })),
  source: Type.Optional(Type.String({ description: `Of a listed item, what has put it there beside its score: ${ITEM_SOURCES.join(', ')}.` })),
  scoring: Type.Optional(scoring),
  score: Type.Optional(score),
  rank: Type.Optional(rank),
  reasons: Type.Array(Reason, { description: 'All parts of the score, every event of the history among them; their contributions add up to it.' }),
  obstacles: Type.Array(Obstacle, { description: 'What keeps it out, whatever its score.' }),
  needed: Type.Optional(Type.Object({ rank, score }, { description: 'What the last place of the list takes, when the item stands behind it with nothing else against it.' })),
  without: Type.Array(Counterfactual, { description: 'Score and rank had an event not been, or all that was done with an item.' }),
  incomplete: Type.Optional(Type.Boolean({ description: 'True when the list’s id had no room for all that was asked for: unsent events and excluded ids are left out here.' })),
  ...Provenance,
  fallback: Type.String({ description: 'The rung that would answer now.' }),
  took_ms: Type.Number(),
});
