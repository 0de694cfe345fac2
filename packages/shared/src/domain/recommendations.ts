/**
 * What the recommendation log keeps of a list, which events count for it, and how both are summed up. Pure.
 *
 * A list is of recommendations, named by its `recommendation_id`, or what a search has answered, named by its `query_id`.
 * An event is *feedback* of a list when it carries the list's name (as the one or the other; of two the former) and is a click, a view, a cart or a purchase of an item of the list,
 * from EARLY_MS before the list was made (clocks differ) to ATTRIBUTION_MS after it.
 * 1. An item of a list is clicked once and put into the cart once; a view is a click. Every purchase counts.
 * 2. Revenue is `amount`; without it `price` × `quantity` (1 when absent), without a price `value`, else nothing.
 *    What came back (a negative quantity or amount) takes its revenue away again, whatever its sign, and is no purchase; without a revenue it is nothing.
 * 3. Feedback counts in the hour its list was made, so a rate compares what belongs together; the newest hours still grow.
 */
import type { LogEvent, UserRef } from './event.js';
import type { Features } from './search-weights/weights.js';

export const ATTRIBUTION_MS = 7 * 86_400_000;
export const EARLY_MS = 5 * 60_000;
export const HOUR_MS = 3_600_000;
/** Versions summed up together: at ten a second one by one they would be more than the lists. */
export const VERSIONS_TOGETHER = 1_000;
/** Of a list that was asked for without a context. */
export const NO_CONTEXT = 'unspecified';
/** Which label had given a list to its version; `newest`: none had. A shadow's answers are never shown. */
export const ANSWERING_LABELS = ['newest', 'stable', 'canary'] as const;
export type AnsweringLabel = (typeof ANSWERING_LABELS)[number];

export interface LoggedItem {
  readonly id: string;
  readonly score: number;
  /** How likely it was to get this place, given those before it; undefined where that can't be told. */
  readonly propensity: number | undefined;
  /** Where it was found: the list's rung, or what else had put it there. */
  readonly source: string;
  /** Of what a search has answered: what its weights are learned from. */
  readonly features?: Features;
}

export interface LoggedList {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly person: UserRef | undefined;
  readonly context: string;
  readonly method: string;
  readonly rung: string;
  readonly version: number;
  /** What had given it to this version. */
  readonly label: AnsweringLabel;
  /** Items on the pages before: the first one here has rank `skipped` + 1. */
  readonly skipped: number;
  readonly items: readonly LoggedItem[];
}

const FEEDBACK_KINDS = ['click', 'cart', 'purchase'] as const;
export type FeedbackKind = (typeof FEEDBACK_KINDS)[number];

/** An event that says it came from a list; whether it counts, the list decides. */
export interface Feedback {
  /** The list's name. */
  readonly list: string;
  readonly item: string;
  readonly kind: FeedbackKind;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The event's place in the log. */
  readonly seq: number;
  readonly index: number;
  readonly revenue: number;
}

const KINDS: Readonly<Record<string, FeedbackKind>> = { view: 'click', click: 'click', cart: 'cart', purchase: 'purchase' };

export function feedbackOf(event: LogEvent, { seq, index }: { readonly seq: number; readonly index: number }): Feedback | undefined {
  const kind = Object.hasOwn(KINDS, event.type) ? KINDS[event.type] : undefined;
  const list = event.recommendation_id ?? event.query_id;
  if (list === undefined || event.item === undefined || kind === undefined) return undefined;
  const revenue = kind === 'purchase' ? revenueOf(event) : 0;
  if (kind === 'purchase' && revenue === 0 && cameBack(event)) return undefined;
  return { list, item: event.item, kind, at: event.ts, seq, index, revenue };
}

type Paid = Pick<LogEvent, 'amount' | 'price' | 'quantity' | 'value'>;

function cameBack({ amount = 0, quantity = 0 }: Paid): boolean {
  return amount < 0 || quantity < 0;
}

export function revenueOf(event: Paid): number {
  const { amount, price, quantity = 1, value = 0 } = event;
  const revenue = amount ?? (price === undefined ? value : price * quantity);
  return cameBack(event) ? 0 - Math.abs(revenue) : revenue;
}

export function isInTime({ at }: Pick<Feedback, 'at'>, { madeAt }: Pick<LoggedList, 'madeAt'>): boolean {
  return at >= madeAt - EARLY_MS && at <= madeAt + ATTRIBUTION_MS;
}

/** What is counted. `lists` are counted with the source of their first item, everything else with the item's own. */
export interface Counts {
  readonly lists: number;
  readonly items: number;
  readonly clicks: number;
  readonly carts: number;
  readonly purchases: number;
  readonly revenue: number;
}

export const NOTHING: Counts = { lists: 0, items: 0, clicks: 0, carts: 0, purchases: 0, revenue: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    lists: a.lists + b.lists, items: a.items + b.items, clicks: a.clicks + b.clicks,
    carts: a.carts + b.carts, purchases: a.purchases + b.purchases, revenue: a.revenue + b.revenue,
  };
}

export function countsOf({ kind, revenue }: Pick<Feedback, 'kind' | 'revenue'>): Counts {
  return { ...NOTHING, clicks: kind === 'click' ? 1 : 0, carts: kind === 'cart' ? 1 : 0, purchases: kind === 'purchase' && revenue >= 0 ? 1 : 0, revenue };
}

/** What things are summed up by. */
export interface OutcomeKey {
  /** Since 1970. */
  readonly hour: number;
  readonly context: string;
  readonly method: string;
  readonly rung: string;
  readonly source: string;
  /** version ÷ VERSIONS_TOGETHER */
  readonly versions: number;
  readonly label: AnsweringLabel;
}

export interface OutcomeSum extends OutcomeKey, Counts {
  readonly versionFrom: number;
  readonly versionTo: number;
}

export function keyOf({ madeAt, context, method, rung, version, label }: Omit<LoggedList, 'items'>, source: string): OutcomeKey {
  return { hour: Math.floor(madeAt / HOUR_MS), context, method, rung, source, versions: Math.floor(version / VERSIONS_TOGETHER), label };
}

/** What lists add to the sums before anything has come of them: one sum for each key. */
export function sumShown(lists: readonly LoggedList[]): readonly OutcomeSum[] {
  const sums = new Map<string, OutcomeSum>();
  const add = (list: LoggedList, source: string, counts: Counts): void => {
    const key = keyOf(list, source);
    const name = Object.values(key).join('\0');
    const sum = sums.get(name) ?? { ...key, ...NOTHING, versionFrom: list.version, versionTo: list.version };
    sums.set(name, { ...sum, ...addCounts(sum, counts), versionFrom: Math.min(sum.versionFrom, list.version), versionTo: Math.max(sum.versionTo, list.version) });
  };
  for (const list of lists) {
    add(list, list.items[0]?.source ?? list.rung, { ...NOTHING, lists: 1 });
    const bySource = new Map<string, number>();
    for (const { source } of list.items) bySource.set(source, (bySource.get(source) ?? 0) + 1);
    for (const [source, items] of bySource) add(list, source, { ...NOTHING, items });
  }
  return [...sums.values()];
}
