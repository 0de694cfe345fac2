/**
 * A cleaned behaviour event, as the log stores it, and what each type means to the model.
 *
 * In: what `ingest` accepted. Out: the record that histories, training and answers are computed from.
 * 1. A stored event names its shopper only by `user` (a `UserRef`), never by the shop's own id.
 * 2. The meaning of a type is one table (`EVENT_TYPES`); nothing else switches on type names.
 */

/** Random 64-bit reference of a shopper or anonymous session: 16 lower-case hex digits. */
export type UserRef = string & { readonly __brand: 'UserRef' };

export function parseUserRef(text: string): UserRef | undefined {
  return /^[0-9a-f]{16}$/.test(text) ? (text as UserRef) : undefined;
}

export interface LogEvent {
  /** The producer's id (or the one the server made), ≤ 128 characters. */
  readonly id: string;
  /** A key of `EVENT_TYPES` or a custom type declared in the configuration. */
  readonly type: string;
  /** The shopper, or the anonymous session when nobody is signed in. */
  readonly user: UserRef;
  /** The anonymous session this shopper was known by until now: its history joins the shopper's. */
  readonly session?: UserRef;
  /** Absent only for types that need no item (`search`, `survey`, …). */
  readonly item?: string;
  /** When it happened, milliseconds since 1970. */
  readonly ts: number;
  readonly value?: number;
  readonly quantity?: number;
  readonly price?: number;
  readonly amount?: number;
  readonly progress?: number;
  readonly text?: string;
  readonly query?: string;
  readonly query_id?: string;
  readonly recommendation_id?: string;
  readonly position?: number;
}

/** What the model does with an event: learn it as a target, only keep it, or mark the item as unwanted. */
export type EventEffect = 'positive' | 'none' | 'negative';

export interface EventMeaning {
  readonly effect: EventEffect;
  /** Multiplies the example's loss; 0 when `effect` is `none`. */
  readonly weight: number;
  /** Row of `w_type` that a history event of this type uses (0 … 7: those below, and room for custom types). */
  readonly group: number;
}

const ENGAGE: EventMeaning = { effect: 'positive', weight: 1, group: 0 };
const ENDORSE: EventMeaning = { effect: 'positive', weight: 2, group: 1 };
const INTEND: EventMeaning = { effect: 'positive', weight: 3, group: 2 };
const BUY: EventMeaning = { effect: 'positive', weight: 5, group: 3 };
const KEEP: EventMeaning = { effect: 'none', weight: 0, group: 0 };
const REFUSE: EventMeaning = { effect: 'negative', weight: 2, group: 4 };

/** MODEL.md's table of event types. `rate` is refined by its value in `meaningOf`. */
export const EVENT_TYPES: Readonly<Record<string, EventMeaning>> = {
  view: ENGAGE,
  click: ENGAGE,
  play: ENGAGE,
  like: ENDORSE,
  share: ENDORSE,
  review: ENDORSE,
  comment: ENDORSE,
  cart: INTEND,
  favorite: INTEND,
  rate: INTEND,
  purchase: BUY,
  impression: KEEP,
  search: KEEP,
  post: KEEP,
  survey: KEEP,
  transaction: KEEP,
  remove: REFUSE,
  return: REFUSE,
  dislike: REFUSE,
};

/** Custom types that the configuration declares: positive, with the given weight, in the `ENGAGE` group. */
export type CustomTypes = Readonly<Record<string, number>>;

/** What an event means. `rate`: ≥ 4 endorses, 3 is neutral, ≤ 2 refuses. Unknown types are kept, not learned. */
export function meaningOf(event: Pick<LogEvent, 'type' | 'value'>, custom: CustomTypes = {}): EventMeaning {
  if (event.type === 'rate') {
    const value = event.value ?? 3;
    if (value >= 4) return INTEND;
    return value > 2 ? KEEP : REFUSE;
  }
  if (Object.hasOwn(EVENT_TYPES, event.type)) return EVENT_TYPES[event.type] ?? KEEP;
  const weight = Object.hasOwn(custom, event.type) ? (custom[event.type] ?? 0) : 0;
  return weight > 0 ? { effect: 'positive', weight, group: 0 } : KEEP;
}

export function isKnownType(type: string, custom: CustomTypes = {}): boolean {
  return Object.hasOwn(EVENT_TYPES, type) || Object.hasOwn(custom, type);
}

/** Types of which an event needs no item. */
const WITHOUT_ITEM: ReadonlySet<string> = new Set(['search', 'post', 'survey', 'transaction']);
const NEEDS_VALUE: ReadonlySet<string> = new Set(['rate', 'survey']);
const NEEDS_AMOUNT: ReadonlySet<string> = new Set(['transaction']);

/** What decides whether an event has all that its type needs. */
export interface EventContent {
  readonly type: string;
  readonly item: string | undefined;
  readonly value: number | undefined;
  readonly amount: number | undefined;
}

/** The field that an event of this type needs and this one lacks, as producers call it. */
export function lackingField({ type, item, value, amount }: EventContent): 'item_id' | 'value' | 'amount' | undefined {
  if (item === undefined && !WITHOUT_ITEM.has(type)) return 'item_id';
  if (value === undefined && NEEDS_VALUE.has(type)) return 'value';
  return amount === undefined && NEEDS_AMOUNT.has(type) ? 'amount' : undefined;
}
