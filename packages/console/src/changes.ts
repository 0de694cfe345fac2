/** What is different between two lists of ids: pure. */

export type Change = { readonly kind: 'entered' } | { readonly kind: 'rose' | 'fell'; readonly places: number } | { readonly kind: 'same' };

export interface Changes {
  readonly byId: ReadonlyMap<string, Change>;
  /** Ids that are no longer there, in their old order. */
  readonly left: readonly string[];
  readonly entered: number;
  readonly rose: number;
  readonly fell: number;
}

export function compareLists(before: readonly string[], after: readonly string[]): Changes {
  const places = new Map(before.map((id, place) => [id, place]));
  const byId = new Map(after.map((id, place): [string, Change] => [id, changeOf(places.get(id), place)]));
  const count = (kind: Change['kind']): number => [...byId.values()].filter((change) => change.kind === kind).length;
  return { byId, left: before.filter((id) => !byId.has(id)), entered: count('entered'), rose: count('rose'), fell: count('fell') };
}

function changeOf(before: number | undefined, now: number): Change {
  if (before === undefined) return { kind: 'entered' };
  if (before === now) return { kind: 'same' };
  return now < before ? { kind: 'rose', places: before - now } : { kind: 'fell', places: now - before };
}
