/**
 * Random values of a JSON schema, and values that it refuses: for fuzzing an API by its own OpenAPI document.
 * Only what the document uses is understood; anything else is any JSON.
 */
import fc, { type Arbitrary } from 'fast-check';

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Ids that other requests of the run name, too; what breaks careless code; what a person would write. */
const STRINGS = fc.oneof(
  fc.constantFrom('mug-1', 'ada', 'bea', 'home', '', ' ', '0', '-1', 'null', '__proto__', 'constructor', '../../etc', "'; drop table x; --", '%00', '\u0000', '\ud800', '‮abc', '🫖', '茶壶', 'a'.repeat(200), '{"$gt":0}', '1e999', '2026-11-28T00:00:00Z'),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const NUMBERS = fc.oneof(fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308, -1e308, 5e-324), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const ANY: Arbitrary<unknown> = fc.oneof(fc.jsonValue({ maxDepth: 3 }), STRINGS, NUMBERS);

/** Mostly what the schema takes, here and there what it doesn't. */
export function fromSchema(schema: JsonSchema | undefined, depth = 0): Arbitrary<unknown> {
  if (schema === undefined || depth > 6) return ANY;
  return fc.oneof({ weight: 30, arbitrary: fitting(schema, depth) }, { weight: 1, arbitrary: ANY });
}

function fitting(schema: JsonSchema, depth: number): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return fc.oneof(...either.map((one) => fromSchema(one, depth + 1)));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'string':
      return STRINGS.filter((text) => text.length >= (schema.minLength ?? 0) && text.length <= (schema.maxLength ?? 10_000));
    case 'integer':
      return fc.oneof(fc.integer({ min: Math.max(-1e9, schema.minimum ?? -1e9), max: Math.min(1e9, schema.maximum ?? 1e9) }), fc.constantFrom(schema.minimum ?? 0, schema.maximum ?? 1));
    case 'number':
      return fc.oneof(fc.double({ min: schema.minimum ?? -1e12, max: schema.maximum ?? 1e12, noNaN: true }), NUMBERS);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(fromSchema(schema.items, depth + 1), { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 8, 8) });
    case 'object':
      return object(schema, depth);
    default:
      return ANY;
  }
}

function object({ properties = {}, required = [], additionalProperties }: JsonSchema, depth: number): Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fromSchema(schema, depth + 1)]));
  const own = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
  if (additionalProperties === false) return own;
  const more = fc.dictionary(STRINGS, typeof additionalProperties === 'object' ? fromSchema(additionalProperties, depth + 1) : ANY, { maxKeys: 2 });
  return fc.tuple(own, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: more })).map(([known, unknown]) => ({ ...unknown, ...known }));
}
