/** Schemas of serving's requests and answers: they validate, serialise and document. */
import { Type } from 'typebox';
import { MOST_WINDOWS } from '../recent-quality.js';
import { CONTEXTS } from '../token/content.js';
import { FIELD_NAMES } from './fields.js';
import { FilterBody, FilterQuery } from './filter-schemas.js';
import { Reason } from './reason-schema.js';
import { Segments } from './rule-schemas.js';
import { LanguageWish } from './voice.js';

export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;
export const MAX_EXCLUDED = 500;
export const MAX_SESSION = 50;
export const ID_CHARS = 128;

export const Id = Type.String({ minLength: 1, maxLength: ID_CHARS });
/** In a query; ids.ts reads it. */
const idList = (description: string) => Type.Union([Type.String(), Type.Array(Type.String())], { description: `${description} Several: repeat the parameter, or put commas between.` });
export const Limit = Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT });
export const AfterSequence = Type.Integer({
  minimum: 0,
  description: 'Waits up to 1 s until histories, catalogue and model have reached this entry of the log; 409 otherwise.',
});
const AfterLogSequence = Type.Integer({ minimum: 0, description: 'Waits up to 1 s until the histories have reached this entry of the log; 409 otherwise.' });
export const Available = Type.Union([Type.Literal('only'), Type.Literal('any')], { default: 'only', description: '`any` shows unavailable items too.' });
const Context = Type.Union(CONTEXTS.map((name) => Type.Literal(name)), { description: 'Where the list is shown.' });

const Diversity = Type.Number({ minimum: 0, maximum: 1, default: 0, description: 'How much each item of the list should differ from those before it: 0 not at all, .3 a little, 1 as much as can be.' });
export const Explain = Type.Boolean({ description: 'Adds `reasons` to every item.' });
const Rotation = Type.Number({ minimum: 0, maximum: 1, default: 0, description: 'How far the list is drawn from its best order: 0 not at all, .1 changes places among near-ties, 1 draws by the model’s own probabilities. The same for a shopper within a minute.' });
const Explore = Type.Number({ minimum: 0, maximum: 1, default: 0, description: 'With which probability one of each ten places goes to a new item that hardly anybody has touched. Not of similar items.' });
/** Of `recommend` and `similar`: what `after_sequence` has to wait for. */
export const WaitFor = Type.Union([Type.Literal('model'), Type.Literal('history')], {
  default: 'model',
  description: 'What `after_sequence` waits for: `history` leaves the model out, so the list reacts sooner, and also while no trainer runs.',
});
const FIELDS_WANTED = 'Fields of the catalogue to send along with each item';
export const FieldList = Type.Array(Type.Union(FIELD_NAMES.map((name) => Type.Literal(name))), { maxItems: FIELD_NAMES.length, description: `${FIELDS_WANTED}.` });
const FieldQuery = Type.String({
  pattern: `^(${FIELD_NAMES.join('|')})(,(${FIELD_NAMES.join('|')}))*$`,
  maxLength: 200,
  description: `${FIELDS_WANTED}, with commas between: ${FIELD_NAMES.join(', ')}.`,
});

export const Sequenced = Type.Object({ after_sequence: Type.Optional(AfterSequence) });
export const ItemParams = Type.Object({ id: Id });
export const UserParams = Type.Object({ user_id: Id });

export const SessionEvent = Type.Object(
  {
    type: Type.String({ minLength: 1, maxLength: 64 }),
    item_id: Type.Optional(Id),
    timestamp: Type.Optional(Type.Union([Type.String({ maxLength: 40 }), Type.Number()])),
    value: Type.Optional(Type.Number()),
    amount: Type.Optional(Type.Number()),
  },
  { additionalProperties: true, description: 'An event as POST /v1/events takes it; only these fields matter here.' },
);

export const RecommendBody = Type.Object(
  {
    user_id: Type.Optional(Id),
    session_id: Type.Optional(Id),
    session: Type.Optional(Type.Array(SessionEvent, { maxItems: MAX_SESSION, description: 'Events not sent yet.' })),
    item_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'The item the shopper is looking at.' })),
    context: Type.Optional(Context),
    segments: Type.Optional(Segments),
    limit: Type.Optional(Limit),
    exclude_ids: Type.Optional(Type.Array(Id, { maxItems: MAX_EXCLUDED })),
    exclude_seen: Type.Optional(Type.Boolean()),
    diversity: Type.Optional(Diversity),
    rotation: Type.Optional(Rotation),
    explore: Type.Optional(Explore),
    available: Type.Optional(Available),
    filter: Type.Optional(FilterBody),
    explain: Type.Optional(Explain),
    language: Type.Optional(LanguageWish),
    fields: Type.Optional(FieldList),
    after_sequence: Type.Optional(AfterSequence),
    wait_for: Type.Optional(WaitFor),
  },
  { additionalProperties: false },
);

export const HistoryQuery = Type.Object({ limit: Type.Optional(Limit), after_sequence: Type.Optional(AfterLogSequence) });

const HistoryItem = Type.Object({
  type: Type.String({ description: 'As it was sent.' }),
  item_id: Type.String(),
  timestamp: Type.String({ format: 'date-time', description: 'When it happened.' }),
});
export const HistoryAnswer = Type.Object({
  user_id: Type.String(),
  history_seq: Type.Integer({ description: 'Newest entry of the log that is folded into the history.' }),
  events: Type.Array(HistoryItem, { description: 'Newest first: what the shopper’s lists are made from, and what he has refused.' }),
});

const Excluded = idList(`Items that must not come, at most ${MAX_EXCLUDED}.`);

export const ListQuery = Type.Object({
  context: Type.Optional(Context),
  limit: Type.Optional(Limit),
  exclude_ids: Type.Optional(Excluded),
  exclude_seen: Type.Optional(Type.Boolean()),
  diversity: Type.Optional(Diversity),
  rotation: Type.Optional(Rotation),
  explore: Type.Optional(Explore),
  available: Type.Optional(Available),
  filter: Type.Optional(FilterQuery),
  explain: Type.Optional(Explain),
  language: Type.Optional(LanguageWish),
  fields: Type.Optional(FieldQuery),
  after_sequence: Type.Optional(AfterSequence),
  wait_for: Type.Optional(WaitFor),
});

export const TrendingQuery = Type.Object({
  window: Type.Optional(Type.Union([Type.Literal('1h'), Type.Literal('1d'), Type.Literal('7d')], { default: '1d' })),
  category: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  context: Type.Optional(Context),
  limit: Type.Optional(Limit),
  available: Type.Optional(Available),
  filter: Type.Optional(FilterQuery),
  fields: Type.Optional(FieldQuery),
  after_sequence: Type.Optional(AfterSequence),
});


/** What the shop says about an item: whole in the catalogue's answers, as far as `fields` names it in lists. */
export const Described = {
  title: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  categories: Type.Optional(Type.Array(Type.String())),
  brand: Type.Optional(Type.String()),
  price: Type.Optional(Type.Number()),
  available: Type.Optional(Type.Boolean()),
  image_url: Type.Optional(Type.String()),
  url: Type.Optional(Type.String()),
  attributes: Type.Optional(Type.Object({}, { additionalProperties: true })),
};

const ScoredItem = Type.Object({
  id: Type.String(),
  score: Type.Number(),
  propensity: Type.Optional(Type.Number({ description: 'Of a rotated list: the probability with which the item got its place, given those before it.' })),
  explored: Type.Optional(Type.Boolean({ description: 'True of an item that has its place to be tried (`explore`).' })),
  predicted_rating: Type.Optional(Type.Number({ description: 'Of an answer for a `user_id`: how many stars (1 to 5) he would give, for items that somebody has rated.' })),
  reasons: Type.Optional(Type.Array(Reason)),
  fields: Type.Optional(Type.Object(Described, { description: 'Only when `fields` was asked for, and of the item only what the shop has described.' })),
});

/** What every answer says about where it comes from. */
export const Provenance = {
  model_version: Type.Integer({ description: 'The one model version every item was scored by.' }),
  learned_until: Type.Integer({ description: 'Newest entry of the log that this version has learned.' }),
  history_seq: Type.Integer({ description: 'Newest entry folded into the histories.' }),
  catalogue_seq: Type.Integer({ description: 'Newest entry folded into the catalogue.' }),
  pinned: Type.Optional(Type.Boolean({ description: 'True when a label pins answers to this version.' })),
  canary: Type.Optional(Type.Boolean({ description: 'True when the label `canary` gives this shopper’s answers to this version.' })),
};

export const ListAnswer = Type.Object({
  recommendation_id: Type.String({ maxLength: 4_000, description: 'Opaque. Names this list: send it with the events that the list causes.' }),
  items: Type.Array(ScoredItem),
  ...Provenance,
  fallback: Type.String({ description: 'The rung that answered: personal, session, similar, trending or newest; together for what is taken together.' }),
  took_ms: Type.Number(),
});

export const ItemAnswer = Type.Object({
  id: Type.String(),
  described: Type.Boolean({ description: 'False for an item that only events have named.' }),
  ...Described,
  filled: Type.Optional(Type.Array(Type.String(), { description: 'Attributes that were missing and filled by rule.' })),
  sequence: Type.Optional(Type.Integer({ description: 'The entry that described it last.' })),
});

const Wanted = idList('Only these items, in this order; those nobody has described are left out, and `cursor` and `limit` have no effect beside it.');

export const ItemsQuery = Type.Object({
  ids: Type.Optional(Wanted),
  cursor: Type.Optional(Type.String({ maxLength: 1_000 })),
  limit: Type.Optional(Limit),
  after_sequence: Type.Optional(AfterSequence),
});
export const ItemsAnswer = Type.Object({ items: Type.Array(ItemAnswer), next_cursor: Type.Optional(Type.String()) });

export const Time = Type.String({ format: 'date-time' });
export const ModelAnswer = Type.Object({
  version: Type.Integer(),
  epoch: Type.Integer(),
  from_seq: Type.Integer(),
  to_seq: Type.Integer(),
  bytes: Type.Integer(),
  checksum: Type.String(),
  rows: Type.Record(Type.String(), Type.Integer(), { description: 'Rows changed, by table.' }),
  received_at: Type.Optional(Time),
  taken_at: Type.Optional(Time),
  trained_at: Type.Optional(Time),
  committed_at: Type.Optional(Time),
  applied_at: Type.Optional(Time),
});
export const LatestAnswer = Type.Object({
  version: Type.Integer(),
  learned_until: Type.Integer(),
  history_seq: Type.Integer(),
  catalogue_seq: Type.Integer(),
  items: Type.Integer({ description: 'Rows of the item table.' }),
  events: Type.Integer({ description: 'Events folded into histories since this process began; two readings give the rate.' }),
  refused: Type.Optional(Type.Object({ version: Type.Integer(), reason: Type.String() })),
  pinned: Type.Optional(
    Type.Object(
      { reason: Type.String(), set_at: Time, newest_version: Type.Integer({ description: 'The newest version this process has, which would answer.' }) },
      { description: 'When a label pins answers to this version.' },
    ),
  ),
});
export const DEFAULT_WINDOWS = 120;
export const QualityQuery = Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_WINDOWS, default: DEFAULT_WINDOWS })) });
const Floor = Type.Object({ hit_ratio_10: Type.Number() });
const Window = Type.Object({
  from_seq: Type.Integer(),
  to_seq: Type.Integer(),
  version: Type.Integer({ description: 'The one that learned `to_seq`.' }),
  from: Time,
  to: Time,
  tested: Type.Integer({ description: 'Events ranked before they were learned.' }),
  hit_ratio_10: Type.Number({ description: 'Share of them whose item was in the model’s best ten.' }),
  ndcg_10: Type.Number(),
  loss: Type.Number({ description: 'Mean of new events’ examples, before their step: without weights, refusals and what is replayed.' }),
  ratings: Type.Optional(Type.Object({ count: Type.Integer(), rmse: Type.Number(), mae: Type.Number() }, { description: 'Of `rate` events, each predicted before it was learned; absent when there were none.' })),
  floors: Type.Object({ popularity: Floor, follow: Floor }, { description: 'What lists of ten by popularity, and by what followed last time, would have hit.' }),
});
export const QualityAnswer = Type.Object({ windows: Type.Array(Window) });
export const ModelsQuery = Type.Object({ before: Type.Optional(Type.Integer({ minimum: 1 })), limit: Type.Optional(Limit) });
export const ModelsAnswer = Type.Object({ serving: LatestAnswer, versions: Type.Array(ModelAnswer) });
export const VersionParams = Type.Object({ version: Type.Integer({ minimum: 1 }) });

const Step = Type.Object({ at: Type.Optional(Time), version: Type.Optional(Type.Integer()) });
export const TraceAnswer = Type.Object({
  id: Type.String(),
  sequence: Type.Integer(),
  state: Type.String({ description: 'queued (it is in the log), trained or served: the last step reached.' }),
  received: Step,
  queued: Type.Optional(Step),
  trained: Type.Optional(Step),
  served: Type.Optional(Step),
});
