/** An item as producers send it: one schema for checking and for OpenAPI. Unknown fields are accepted and dropped. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

export const ITEM_ID_CHARS = 128;
export const ATTRIBUTE_NAME_CHARS = 64;

const text = (maxLength: number, description: string) => Type.Optional(Type.String({ maxLength, description }));

const Attribute = Type.Union([
  Type.Number(),
  Type.Boolean(),
  Type.String({ maxLength: 1_000 }),
  Type.Array(Type.String({ maxLength: 256 }), { maxItems: 50 }),
]);

export const RawItemSchema = Type.Object(
  {
    title: text(500, 'What the item is called; needed by PUT.'),
    description: text(10_000, 'Free text.'),
    categories: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 32, description: 'From general to special, or independent.' })),
    brand: text(128, 'Who makes it.'),
    price: Type.Optional(Type.Number({ minimum: 0 })),
    available: Type.Optional(Type.Boolean({ description: 'false takes it out of every answer at once.' })),
    image_url: text(2_048, 'http or https.'),
    url: text(2_048, 'http or https.'),
    attributes: Type.Optional(Type.Record(Type.String(), Attribute, { maxProperties: 100, description: 'Anything else: numbers, words, lists of words, yes or no.' })),
  },
  { description: 'An item of the catalogue' },
);

export type RawItem = Static<typeof RawItemSchema>;

export const rawItemValidator = Compile(RawItemSchema);

export const ITEM_FIELDS: ReadonlySet<string> = new Set(Object.keys(RawItemSchema.properties));
