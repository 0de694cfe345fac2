/** What every adapter of the log checks about a request, and about an item whose id it knows. */
import type { EntryBody } from '../domain/entry.js';
import { FreshetError } from '../errors.js';
import type { AppendRequest, ItemKey } from '../ports/entry-log.js';

/** Indexes of duplicates are stored as 16-bit numbers; groups are far smaller. */
const MAX_ITEMS = 32_767;

export function checkAppend(request: AppendRequest): void {
  const items = itemCount(request.body);
  if (items === request.keys.length && items <= MAX_ITEMS) return;
  throw new FreshetError('log_request', `an entry of ${items} items needs as many keys (${request.keys.length} given), ${MAX_ITEMS} at most`);
}

/** Was `stored`, the body's hash under this id, made of the same body, by this release or the one before? */
export function isSameBody(key: ItemKey, stored: string): boolean {
  return stored === key.body || stored === key.formerBody?.();
}

function itemCount(body: EntryBody): number {
  return body.kind === 'events' ? body.events.length : body.changes.length;
}
