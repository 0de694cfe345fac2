/**
 * What joins an event to the list that led to it. A list's `recommendation_id` is a token of some hundred characters whose beginning
 * names the list alone (serving/token); what stands behind it is for the next page and is not kept with events.
 */
export const LIST_PREFIX = 'rec_';
/** 96 random bits in base64url. */
const NAME_CHARS = 16;
const TOKEN = /^rec_[\w-]{64,}$/;

/** Of a token its name; a shop's own ids, and names, as they are. */
export function listIdOf(recommendationId: string): string {
  return TOKEN.test(recommendationId) ? recommendationId.slice(0, LIST_PREFIX.length + NAME_CHARS) : recommendationId;
}
