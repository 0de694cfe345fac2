/** How the best items are searched for (retrieval.ts); `auto` chooses by their number. */
export const RETRIEVAL_MODES = ['auto', 'floats', 'codes', 'lists'] as const;
export type RetrievalMode = (typeof RETRIEVAL_MODES)[number];
