/** The schemas of `filter`: what it means is checked beyond its shape (filter/expression.ts). */
import { Type } from 'typebox';
import { FILTER_LIMITS } from '../filter/expression.js';

const SAYS =
  'What every item must pass: field → value, list of values (any), or operators: eq, lt, lte, gt, gte, any (or in), all, none, exists. '
  + `Fields: price, available, brand, categories, attributes.NAME. All must hold. At most ${FILTER_LIMITS.fields} fields, ${FILTER_LIMITS.values} values a list, ${FILTER_LIMITS.chars} characters a text.`;
/** Characters of a filter in a query. */
const QUERY_CHARS = 4_000;
export const FilterBody = Type.Object({}, { additionalProperties: true, description: SAYS });
export const FilterQuery = Type.String({ minLength: 2, maxLength: QUERY_CHARS, description: `As JSON: {"price":{"lte":30}}. ${SAYS}` });
