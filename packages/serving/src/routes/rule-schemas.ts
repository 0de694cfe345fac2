/** Schemas of rules: their shape; what fits together is checked by rule-wish.ts. */
import { RULE_ACTIONS, RULE_CONTEXTS } from '@freshet/shared/domain/rules';
import { Type } from 'typebox';
import { FilterBody } from './filter-schemas.js';

/** `raisingFilters`: rules of a context that raise or bury by filter; what they match is kept, 64 filters of all contexts together. */
export const RULE_LIMITS = { rules: 100, raisingFilters: 10, items: 500, segments: 20, boost: 20, place: 100 } as const;

export const SegmentName = Type.String({ minLength: 1, maxLength: 64 });
export const Segments = Type.Array(SegmentName, { maxItems: RULE_LIMITS.segments, description: 'The segments that the shopper is in: rules may be for some of them only. Without it those stored of her (`PUT /v1/users/{user_id}`).' });
export const ContextParams = Type.Object({ context: Type.Union(RULE_CONTEXTS.map((name) => Type.Literal(name)), { description: '`any`: of every list, whatever context it says.' }) });

const Rule = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'What reasons call it; its number without one.' })),
    action: Type.Union(RULE_ACTIONS.map((name) => Type.Literal(name)), {
      description: '`boost` adds `by` to the score, `bury` puts last, `pin` puts at place `at`, `exclude` leaves out, `only` leaves everything else out.',
    }),
    by: Type.Optional(Type.Number({ minimum: -RULE_LIMITS.boost, maximum: RULE_LIMITS.boost, description: 'Of `boost`. Scores are logits: ln 2 ≈ .7 makes an item twice as likely.' })),
    at: Type.Optional(Type.Integer({ minimum: 1, maximum: RULE_LIMITS.place, description: 'Of `pin`: the place of the first of its items.' })),
    items: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: RULE_LIMITS.items })),
    filter: Type.Optional(FilterBody),
    segments: Type.Optional(Type.Array(SegmentName, { minItems: 1, maxItems: RULE_LIMITS.segments })),
    from: Type.Optional(Type.String({ maxLength: 40, description: 'RFC 3339: not before this.' })),
    until: Type.Optional(Type.String({ maxLength: 40, description: 'RFC 3339: no longer from this on.' })),
  },
  { additionalProperties: false },
);

export const RulesBody = Type.Object({ rules: Type.Array(Rule, { maxItems: RULE_LIMITS.rules }) }, { additionalProperties: false });
export const RulesWritten = Type.Object({
  context: Type.String(),
  rules: Type.Integer({ description: 'How many there are now.' }),
  sequence: Type.Integer({ description: 'By this place in the log they act; for `after_sequence`.' }),
});
export const RuleSetAnswer = Type.Object({ context: Type.String(), rules: Type.Array(Rule), sequence: Type.Optional(Type.Integer({ description: 'The entry that brought them.' })) });
export const RulesAnswer = Type.Object({ contexts: Type.Array(RuleSetAnswer) });
