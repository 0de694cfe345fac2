/** A stored rule → what it asks of an item. Its filter was checked when it came in; one that this release can't read matches nothing. */
import type { Rule } from '@freshet/shared/domain/rules';
import type { LookedFields } from '@freshet/shared/domain/item-look';
import { type Filter, readFilter } from '../filter/expression.js';

export interface CompiledRule {
  readonly rule: Rule;
  readonly items: ReadonlySet<string>;
  readonly filter: Filter | undefined;
  matches(id: string, fields: LookedFields | undefined): boolean;
}

export function compile(rule: Rule): CompiledRule {
  const items = new Set(rule.items);
  const read = rule.filter === undefined ? undefined : readFilter(rule.filter);
  const filter = read?.ok === true ? read.filter : undefined;
  return { rule, items, filter, matches: (id, fields) => items.has(id) || filter?.passes(fields) === true };
}

export interface Asker {
  readonly segments: readonly string[];
  readonly now: number;
}

export function isActive({ from, until, segments }: Rule, asker: Asker): boolean {
  if (from !== undefined && asker.now < from) return false;
  if (until !== undefined && asker.now >= until) return false;
  return segments === undefined || segments.some((segment) => asker.segments.includes(segment));
}

/** A request's filter with what rules say beside it. */
export interface NarrowedFilter extends Filter {
  readonly asked: Filter | undefined;
  /** Whether what rules demand is in it. */
  readonly demands: boolean;
}

export function isNarrowed(filter: Filter): filter is NarrowedFilter {
  return 'asked' in filter;
}

/** `asked`, and what rules demand: every `only` holds, no `exclude` does. */
export function narrow(asked: Filter | undefined, only: readonly Filter[], exclude: readonly Filter[]): Filter | NarrowedFilter | undefined {
  if (only.length === 0 && exclude.length === 0) return asked;
  const all = asked === undefined ? only : [asked, ...only];
  return {
    asked,
    demands: only.length > 0,
    key: `${all.map(({ key }) => key).join(' and ')}${exclude.map(({ key }) => ` not ${key}`).join('')}`,
    conditions: all.flatMap(({ conditions }) => conditions),
    // An item that nobody has described passes no filter, but is not excluded by one either.
    passes: (fields) => all.every((filter) => filter.passes(fields)) && !exclude.some((filter) => filter.passes(fields)),
  };
}
