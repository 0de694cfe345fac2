/** Schemas of a shopper's profile: what the shop says of her. */
import { Type } from 'typebox';
import { RULE_LIMITS, SegmentName } from './rule-schemas.js';

export const ProfileBody = Type.Object(
  { segments: Type.Array(SegmentName, { maxItems: RULE_LIMITS.segments, description: 'The segments that the shopper is in, all of them; an empty list says that she is in none.' }) },
  { additionalProperties: false },
);
export const ProfileWritten = Type.Object({
  user_id: Type.String(),
  segments: Type.Integer({ description: 'How many there are now.' }),
  sequence: Type.Integer({ description: 'By this place in the log it acts; for `after_sequence`.' }),
});
export const ProfileAnswer = Type.Object({
  user_id: Type.String(),
  segments: Type.Array(Type.String()),
  sequence: Type.Optional(Type.Integer({ description: 'The entry that brought them.' })),
});
