/** An item as producers send it: one schema for checking and for OpenAPI. Unknown fields are accepted and dropped. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { LARGEST_NUMBER, LARGEST_PRICE } from './event-schema.js';

export const ITEM_ID_CHARS = 128;
export const ATTRIBUTE_NAME_CHARS = 64;
export const ATTRIBUTE_CHARS = 1_000;
/** One of a list of words. */
export const WORD_CHARS = 256;
export const CATEGORY_CHARS = 128;

const text = (maxLength: number, description: string) => Type.Optional(Type.String({ maxLength, description }));

/** The library's own pattern leaves out names with line breaks, and so what they hold. */
const ANY_NAME = String.raw`^[\s\S]*$`;

const Attribute = Type.Union([
  Type.Number({ minimum: -LARGEST_NUMBER, maximum: LARGEST_NUMBER }),
  Type.Boolean(),
  Type.String({ maxLength: ATTRIBUTE_CHARS }),
  Type.Array(Type.String({ maxLength: WORD_CHARS }), { maxItems: 50 }),
]);

export const RawItemSchema = Type.Object(
  {
    title: text(500, 'What the item is called; needed by PUT.'),
    description: text(10_000, 'Free text.'),
    categories: Type.Optional(Type.Array(Type.String({ maxLength: CATEGORY_CHARS }), { maxItems: 32, description: 'From general to special, or independent.' })),
    brand: text(128, 'Who makes it.'),
    price: Type.Optional(Type.Number({ minimum: 0, maximum: LARGEST_PRICE })),
    available: Type.Optional(Type.Boolean({ description: 'false takes it out of every answer at once.' })),
    image_url: text(2_048, 'http or https.'),
    url: text(2_048, 'http or https.'),
    attributes: Type.Optional(Type.Record(Type.String({ pattern: ANY_NAME }), Attribute, { maxProperties: 100, description: 'Anything else: numbers, words, lists of words, yes or no.' })),
  },
  { description: 'An item of the catalogue' },
);

export type RawItem = Static<typeof RawItemSchema>;

export const rawItemValidator = Compile(RawItemSchema);

export const ITEM_FIELDS: ReadonlySet<string> = new Set(Object.keys(RawItemSchema.properties));
