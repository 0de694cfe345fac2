/**
 * An event as producers send it: one schema for checking and for OpenAPI. Types and sizes only; what a value means
 * (time, required fields of a type) is checked in event.ts.
 *
 * 1. Fields that aren't named here are accepted, dropped and counted: a producer's own context must not cost it the event.
 * 2. `null`, and a text that is empty once cleaned, count as absent.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

const ID_CHARS = 128;

const id = (description: string) => Type.Optional(Type.String({ maxLength: ID_CHARS, description }));
/** Beyond, doubles no longer count in whole units, and sums of a few such values lose the others. */
export const LARGEST_NUMBER = 1e15;
export const LARGEST_PRICE = 1e12;

const number = (description: string, limits: { readonly minimum?: number; readonly maximum?: number } = {}) =>
  Type.Optional(Type.Number({ minimum: -LARGEST_NUMBER, maximum: LARGEST_NUMBER, ...limits, description }));

export const RawEventSchema = Type.Object(
  {
    id: id('Unique for each event of a producer; made by the server when missing (then a retry can’t be recognised).'),
    type: Type.String({ minLength: 1, maxLength: 64, description: '`view`, `click`, `purchase`, … or a custom type of the configuration.' }),
    user_id: id('The shopper. One of `user_id` and `session_id` is needed; both join the session to the shopper.'),
    session_id: id('The anonymous session.'),
    item_id: id('Needed except for `search`, `post`, `survey` and `transaction`; unknown items are created on first sight.'),
    timestamp: Type.Optional(
      Type.Union([Type.Number(), Type.String({ maxLength: 40 })], { description: 'Milliseconds or seconds since 1970, or RFC 3339; missing → time of receipt.' }),
    ),
    value: number('The rating of `rate`, the answer of `survey`.'),
    quantity: number('How many; negative for what came back.'),
    price: number('Price of one.', { minimum: 0, maximum: LARGEST_PRICE }),
    amount: number('What was paid, negative for a refund; `transaction` needs it.'),
    progress: number('How much of it was played or read.'),
    text: Type.Optional(Type.String({ maxLength: 10_000, description: 'The words of a `review`, `comment` or `post`.' })),
    query: Type.Optional(Type.String({ maxLength: 1_000, description: 'What was searched for.' })),
    query_id: Type.Optional(Type.String({ maxLength: 4_096, description: 'The search that led here.' })),
    recommendation_id: Type.Optional(Type.String({ maxLength: 4_096, description: 'The list that led here. Of a token that Freshet gave out the first 20 characters are kept: they name the list.' })),
    position: number('Place in that list.', { minimum: 0 }),
  },
  { description: 'A behaviour event' },
);

export type RawEvent = Static<typeof RawEventSchema>;

export const rawEventValidator = Compile(RawEventSchema);

export const EVENT_FIELDS: ReadonlySet<string> = new Set(Object.keys(RawEventSchema.properties));
