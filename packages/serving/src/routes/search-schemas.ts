/** Schemas of a search and of suggestions: requests and answers. What a filter means is checked beyond its shape (filter/expression.ts). */
import { Type } from 'typebox';
import { FACETS, MAX_OFFSET, QUERY_CHARS, SUGGESTIONS } from '../search/limits.js';
import { FilterBody } from './filter-schemas.js';
import { Segments } from './rule-schemas.js';
import { AfterSequence, Available, Described, FieldList, Id, Limit, MAX_SESSION, Provenance, SessionEvent, WaitFor } from './schemas.js';

/** Longest field name: `attributes.` and the name of an attribute. */
const FIELD_NAME_CHARS = 128;
const Query = Type.String({ minLength: 1, maxLength: QUERY_CHARS, description: 'What the shopper typed; its last word may be unfinished.' });

export const SearchBody = Type.Object(
  {
    q: Query,
    user_id: Type.Optional(Id),
    session_id: Type.Optional(Id),
    session: Type.Optional(Type.Array(SessionEvent, { maxItems: MAX_SESSION, description: 'Events not sent yet.' })),
    filter: Type.Optional(FilterBody),
    facets: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: FIELD_NAME_CHARS }), { maxItems: FACETS, uniqueItems: true, description: 'Fields whose values are counted; the same names as in `filter`.' })),
    segments: Type.Optional(Segments),
    limit: Type.Optional(Limit),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_OFFSET, default: 0, description: 'Items left out from the beginning, for further pages.' })),
    available: Type.Optional(Available),
    highlight: Type.Optional(Type.Boolean({ description: 'Adds to every item which parts of its texts were found.' })),
    explain: Type.Optional(Type.Boolean({ description: 'Adds the `parts` of every score.' })),
    fields: Type.Optional(FieldList),
    after_sequence: Type.Optional(AfterSequence),
    wait_for: Type.Optional(WaitFor),
  },
  { additionalProperties: false },
);

const Part = Type.Object({
  kind: Type.String({ description: 'text, words, shopper, popularity, availability or rule.' }),
  rule: Type.Optional(Type.String({ description: 'Of `rule`: its id. One that has pinned the item contributes 0.' })),
  contribution: Type.Number({ description: 'Its part of the score.' }),
});
const Highlighted = Type.Object({
  field: Type.String({ description: 'Where the text stands in the item: /title, /brand, /categories/0, /attributes/colour …' }),
  text: Type.String(),
  ranges: Type.Array(Type.Array(Type.Integer()), { description: 'From and to (not included) of each part that was found, in UTF-16 units.' }),
});
const FoundItem = Type.Object({
  id: Type.String(),
  score: Type.Number(),
  highlights: Type.Optional(Type.Array(Highlighted)),
  parts: Type.Optional(Type.Array(Part)),
  fields: Type.Optional(Type.Object(Described)),
});
const Facet = Type.Object({
  count: Type.Integer({ description: 'Items that have a value.' }),
  values: Type.Optional(Type.Array(Type.Object({ value: Type.Union([Type.String(), Type.Boolean()]), count: Type.Integer() }), { description: 'Of texts and booleans, the most frequent first.' })),
  min: Type.Optional(Type.Number()),
  max: Type.Optional(Type.Number()),
});

export const SearchAnswer = Type.Object({
  query_id: Type.String({ description: 'To be sent along with the `search` event and with what comes of it: by it the recommendation log knows what did.' }),
  items: Type.Array(FoundItem),
  total: Type.Integer({ description: 'Items found that pass the filter.' }),
  total_exact: Type.Boolean({ description: 'False when more were found, or may have been, than are looked at.' }),
  category: Type.Optional(Type.Object({ name: Type.String(), share: Type.Number() }, { description: 'What the query is most likely about, when the best items say so.' })),
  facets: Type.Optional(Type.Record(Type.String(), Facet)),
  source: Type.String({ description: 'text; vectors when no text had the words and what they mean answered instead; nothing, also when the filter left none.' }),
  weights_version: Type.Integer({ description: 'Which version of search’s weights has ordered them (`GET /v1/search/weights`); 0: the defaults.' }),
  ...Provenance,
  took_ms: Type.Number(),
});

export const SuggestionsQuery = Type.Object({
  q: Query,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: SUGGESTIONS, default: SUGGESTIONS / 2 })),
});

export const SuggestionsAnswer = Type.Object({
  suggestions: Type.Array(
    Type.Object({
      text: Type.String(),
      kind: Type.String({ description: 'query, category or brand.' }),
      count: Type.Integer({ description: 'Of the items that fit best, those that have it.' }),
    }),
  ),
  catalogue_seq: Provenance.catalogue_seq,
  took_ms: Type.Number(),
});
