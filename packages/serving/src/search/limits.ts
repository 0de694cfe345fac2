/** What a search may take and look at. docs/API.md has the same numbers. */

/** Characters of a query; more is refused. */
export const QUERY_CHARS = 200;
/** Words of a query that are looked for; those behind them are left out. */
export const QUERY_WORDS = 24;
/** Words of the index that a beginning, or a misspelt word, stands for: the most frequent. */
export const EXPANSIONS = 50;
/** Characters of one field of an item that are indexed, and words of it. */
export const FIELD_CHARS = 2_000;
export const FIELD_WORDS = 200;
/** Items with the words that are filtered and counted: those whose words fit best. */
export const LOOKED_AT = 20_000;
/** Of them, items that are ranked by more than their words. */
export const POOL = 500;
/** How far into an answer pages go: the first item asked for. */
export const MAX_OFFSET = 400;
/** Facets of a search, and values shown of each: the most frequent. */
export const FACETS = 8;
export const FACET_VALUES = 20;
/** Highlighted texts of an item. */
export const HIGHLIGHTS = 8;
/** Suggestions of an answer. */
export const SUGGESTIONS = 20;
