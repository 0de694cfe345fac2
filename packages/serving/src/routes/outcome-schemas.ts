/** Schemas of what has come of lists. */
import { ANSWERING_LABELS } from '@freshet/shared/domain/recommendations';
import { OUTCOME_GROUPS } from '@freshet/shared/ports/recommendation-log';
import { Type } from 'typebox';
import { ITEM_SOURCES } from '../rank/input.js';
import { Time } from './schemas.js';

const MAX_GROUPS = 1_000;
export const DEFAULT_GROUPS = 100;

const Moment = Type.String({ maxLength: 40 });

export const OutcomesQuery = Type.Object({
  group_by: Type.Optional(Type.Union(OUTCOME_GROUPS.map((name) => Type.Literal(name)), { default: 'context', description: 'What the lists are told apart by; `source` is where each item was found.' })),
  since: Type.Optional({ ...Moment, description: 'RFC 3339; lists made from the beginning of that hour on. Default: a day before `until`.' }),
  until: Type.Optional({ ...Moment, description: 'RFC 3339; lists made before the end of that hour. Default: now.' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_GROUPS, default: DEFAULT_GROUPS, description: 'Groups at most.' })),
});

const Figures = {
  lists: Type.Optional(Type.Integer({ description: 'Kept in the recommendation log; absent by `source`, because the items of a list may have several.' })),
  items: Type.Integer({ description: 'On these lists.' }),
  clicks: Type.Integer({ description: 'Of these items clicked or viewed, each once a list.' }),
  carts: Type.Integer({ description: 'Put into the cart, each once a list.' }),
  purchases: Type.Integer({ description: 'Purchase events.' }),
  revenue: Type.Number({ description: 'What they paid, less what came back, in the shop’s currency.' }),
  click_through: Type.Union([Type.Number(), Type.Null()], { description: 'clicks ÷ items; null without items.' }),
  conversion: Type.Union([Type.Number(), Type.Null()], { description: 'purchases ÷ clicks; null without clicks.' }),
  revenue_per_list: Type.Optional(Type.Union([Type.Number(), Type.Null()], { description: 'revenue ÷ lists; null without lists.' })),
};

const Group = Type.Object({
  context: Type.Optional(Type.String({ description: 'home, product, cart, search, email, or unspecified.' })),
  method: Type.Optional(Type.String({ description: 'How the lists were made: rank, similar, together, trending or search.' })),
  rung: Type.Optional(Type.String({ description: 'Of searches: text, vectors or nothing.' })),
  source: Type.Optional(Type.String({ description: `A rung, or what else had put the items there: ${ITEM_SOURCES.join(', ')}.` })),
  version_from: Type.Optional(Type.Integer({ description: 'By `version`: the first and last version of the thousand that lists came from.' })),
  version_to: Type.Optional(Type.Integer()),
  label: Type.Optional(Type.Union(ANSWERING_LABELS.map((name) => Type.Literal(name)), { description: 'By `label` and `version`: what had given these lists to their version; `newest`: no label had.' })),
  ...Figures,
});

export const OutcomesAnswer = Type.Object({
  group_by: Type.String(),
  since: Time,
  until: Time,
  joined_sequence: Type.Integer({ description: 'The entry of the log up to which events are joined to their lists.' }),
  sample: Type.Number({ description: 'The share of lists that this process keeps.' }),
  groups: Type.Array(Group),
});
