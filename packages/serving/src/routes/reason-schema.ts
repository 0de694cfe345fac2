/** A part of a score as lists and explanations answer it. */
import { Type } from 'typebox';
import { REASON_KINDS } from '../rank/input.js';

export const Reason = Type.Object({
  kind: Type.String({ description: `One of ${REASON_KINDS.join(', ')}.` }),
  item_id: Type.Optional(Type.String({ description: 'The item of the event, the one looked at, followed, or that this one is like.' })),
  event_type: Type.Optional(Type.String({ description: 'What the shopper did with it, as it was sent.' })),
  age_seconds: Type.Optional(Type.Integer({ description: 'How long ago that was.' })),
  rule: Type.Optional(Type.String({ description: 'Of `rule`: its id.' })),
  count: Type.Optional(Type.Integer({ description: 'Of `other`: how many parts it sums up.' })),
  contribution: Type.Number({ description: 'Its part of the score.' }),
  text: Type.Optional(Type.String({ description: 'As a sentence, in the language asked for.' })),
});
