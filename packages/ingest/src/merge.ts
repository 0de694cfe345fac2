/**
 * Requests of a group → one entry, and back: what became of each request's items. Pure.
 *
 * 1. Items keep the order of the requests and of their items; of two with one key the first is in the entry.
 * 2. A group without repeated keys, which nearly all are, costs one look at each key and one copy of the list of items.
 */
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import type { AppendResult, ItemKey } from '@freshet/shared/ports/entry-log';
import type { CleanEvent } from './clean/event.js';

export type WriteBody =
  | { readonly kind: 'events'; readonly events: readonly CleanEvent[] }
  | { readonly kind: 'catalogue'; readonly changes: readonly CatalogueChange[] };

export interface Mergeable {
  readonly body: WriteBody;
  /** One for each item. */
  readonly keys: readonly ItemKey[];
}

export type WriteStatus = 'accepted' | 'duplicate' | 'conflict';

export interface Merged {
  readonly body: WriteBody;
  readonly keys: readonly ItemKey[];
  /** For each request the place in the entry of its first item; true of all its items when none is repeated. */
  readonly firsts: readonly number[];
  readonly counts: readonly number[];
  /** For each request, for each of its items, where some repeat others. */
  readonly outcomes: readonly (readonly Outcome[])[] | undefined;
}

/** Where an item stands in the entry, and whether it repeats one that stood there already. */
interface Outcome {
  readonly place: number;
  readonly repeats?: 'duplicate' | 'conflict';
}

export function mergeRequests(requests: readonly Mergeable[]): Merged {
  const firsts: number[] = [];
  const ids = new Set<string>();
  let items = 0;
  for (const { keys } of requests) {
    firsts.push(items);
    items += keys.length;
    for (const { id } of keys) ids.add(id);
  }
  const counts = requests.map(({ keys }) => keys.length);
  if (ids.size < items) return { ...mergeRepeated(requests), firsts, counts };
  return { body: concatenate(requests.map(({ body }) => body)), keys: requests.flatMap(({ keys }) => keys), firsts, counts, outcomes: undefined };
}

/** By the log's answer: what became of the items of request `index`. */
export function statusesOf({ firsts, counts, outcomes }: Merged, index: number, { known }: AppendResult): readonly WriteStatus[] {
  const own = outcomes?.[index];
  if (own !== undefined) return own.map((outcome) => statusOf(outcome, known));
  const statuses: WriteStatus[] = new Array<WriteStatus>(counts[index] ?? 0).fill('accepted');
  if (known.size === 0) return statuses;
  const first = firsts[index] ?? 0;
  return statuses.map((status, place) => known.get(first + place) ?? status);
}

function statusOf({ place, repeats }: Outcome, known: AppendResult['known']): WriteStatus {
  if (repeats === 'conflict') return 'conflict';
  return known.get(place) ?? repeats ?? 'accepted';
}

function concatenate(bodies: readonly WriteBody[]): WriteBody {
  const events: (readonly CleanEvent[])[] = [];
  const changes: (readonly CatalogueChange[])[] = [];
  for (const body of bodies) {
    if (body.kind === 'events') events.push(body.events);
    else changes.push(body.changes);
  }
  return bodies[0]?.kind === 'catalogue' ? { kind: 'catalogue', changes: changes.flat() } : { kind: 'events', events: events.flat() };
}

function mergeRepeated(requests: readonly Mergeable[]): Pick<Merged, 'body' | 'keys' | 'outcomes'> {
  const places = new Map<string, number>();
  const keys: ItemKey[] = [];
  const bodies: WriteBody[] = [];
  const outcomes = requests.map((request) => {
    const kept = new Set<number>();
    const own = request.keys.map((key, index): Outcome => {
      const place = places.get(key.id);
      if (place !== undefined) return { place, repeats: keys[place]?.body === key.body ? 'duplicate' : 'conflict' };
      places.set(key.id, keys.length);
      kept.add(index);
      return { place: keys.push(key) - 1 };
    });
    bodies.push(only(request.body, kept));
    return own;
  });
  return { body: concatenate(bodies), keys, outcomes };
}

function only(body: WriteBody, kept: ReadonlySet<number>): WriteBody {
  if (body.kind === 'events') return { ...body, events: body.events.filter((_, index) => kept.has(index)) };
  return { ...body, changes: body.changes.filter((_, index) => kept.has(index)) };
}
