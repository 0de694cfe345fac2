/**
 * Reasons, obstacles and standings as sentences of one language. In: what the ranking found and how items are called. Out: plain text
 * (never markup: titles are what a shop has written).
 *
 * Templates are taken apart once: a list of twenty with reasons has some hundred sentences, and they may not cost it much.
 */
import { EVENT_TYPES } from '@freshet/shared/domain/event';
import type { ItemSource, Reason } from '../rank/input.js';
import type { Obstacle } from '../rank/obstacles.js';
import { type Counted, EVENT_CLAUSES, type EventClause, type Language, type Messages, MESSAGES, type PlainKind } from './messages.js';

export interface Voice {
  /** `target`: the item that the reason is for. */
  reason(reason: Reason, target: string): string;
  obstacle(id: string, obstacle: Obstacle): string;
  /** `without` an event, the item that is looked at, or all events of an item. */
  without(left: LeftOut, rank: { readonly before: number; readonly after: number }): string;
  listed(id: string, place: number, source?: ItemSource): string;
  behind(id: string, at: Behind): string;
  varied(id: string, rank: number): string;
  buried(id: string, rank: number): string;
  unscored(id: string): string;
}

export interface LeftOut {
  readonly item_id: string;
  readonly event_type?: string;
  readonly age_seconds?: number;
  readonly events: number;
}

type Event = Omit<LeftOut, 'events'>;

export interface Behind {
  readonly rank: number;
  readonly score: number;
  /** Places of the list, and what the last of them takes. */
  readonly places: number;
  readonly needed: number;
}

/** `titleOf`: how an item is called in that language. */
export function createVoice(language: Language, titleOf: (id: string) => string): Voice {
  const messages = MESSAGES[language];
  const quoted = (id: string | undefined): string => `“${id === undefined ? '' : titleOf(id)}”`;
  const clause = ({ item_id: id, event_type: type, age_seconds: age = 0 }: Event, refused = false): string =>
    fill(messages.events[clauseOf(type, refused)], { item: quoted(id), type: type ?? '', ago: agoOf(messages, language, age) });
  // The events of a history stand behind every item of a list.
  const said = { for: new Map<string, string>(), against: new Map<string, string>() };
  const history = (reason: Reason): string => {
    const side = sideOf(reason);
    const { item_id: id = '', event_type: type = '', age_seconds: age = '' } = reason;
    const key = `${age} ${type} ${id}`;
    let text = said[side].get(key);
    if (text === undefined) said[side].set(key, (text = fill(side === 'for' ? messages.because : messages.although, { event: clause(eventOf(reason, id)) })));
    return text;
  };

  return {
    reason: (reason, target) => (reason.kind === 'history' ? history(reason) : termText(reason, reason.kind, { messages, language, quoted, repeated: () => clause(eventOf(reason, target)) })),
    obstacle(id, obstacle) {
      const { code, age_seconds: age = 0, shoppers = 0, needed = 0, event_type: type, rule = '' } = obstacle;
      const event = type === undefined ? undefined : clause({ item_id: id, event_type: type, age_seconds: age }, code === 'refused');
      if (event !== undefined) return code === 'seen' ? fill(messages.seenBy, { event }) : event;
      return count(messages.obstacles[code], language, shoppers, { title: quoted(id), ago: agoOf(messages, language, age), needed, rule });
    },
    without(left, { before, after }) {
      const values = { item: quoted(left.item_id), rank: after, before };
      if (left.events > 1) return count(messages.without.item, language, left.events, values);
      if (left.age_seconds === undefined) return fill(messages.without.looking, values);
      return fill(after === before ? messages.without.same : messages.without.event, { ...values, event: clause(left) });
    },
    listed: (id, place, source) => fill(source === 'pin' ? messages.pinned : source === 'exploration' ? messages.tried : messages.listed, { title: quoted(id), place }),
    behind: (id, { rank, score, places, needed }) =>
      fill(messages.behind, { title: quoted(id), rank, places, score: score.toFixed(2), needed: needed.toFixed(2), gap: (needed - score).toFixed(2) }),
    buried: (id, rank) => fill(messages.buried, { title: quoted(id), rank }),
    varied: (id, rank) => fill(messages.varied, { title: quoted(id), rank }),
    unscored: (id) => fill(messages.unscored, { title: quoted(id) }),
  };
}

interface Saying {
  readonly messages: Messages;
  readonly language: Language;
  readonly quoted: (id: string | undefined) => string;
  /** What was done with the item itself. */
  readonly repeated: () => string;
}

function termText(reason: Reason, kind: PlainKind, { messages, language, quoted, repeated }: Saying): string {
  const side = sideOf(reason);
  if (kind === 'repeat' && reason.event_type !== undefined) return fill(messages.repeatedBy[side], { event: repeated() });
  const text = messages.reasons[kind][side];
  if (typeof text === 'string' && !text.includes('{')) return text;
  const { item_id: id, age_seconds: age, count: n = 0 } = reason;
  return count(text, language, n, { item: quoted(id), ago: age === undefined ? '' : agoOf(messages, language, age) });
}

function sideOf({ contribution }: Reason): 'for' | 'against' {
  return contribution < 0 ? 'against' : 'for';
}

function eventOf({ event_type: type, age_seconds: age }: Reason, id: string): Event {
  return { item_id: id, ...(type === undefined ? {} : { event_type: type }), ...(age === undefined ? {} : { age_seconds: age }) };
}

/** Types of a shop's own are called by their name. */
function clauseOf(type: string | undefined, refused: boolean): EventClause {
  if (type === undefined) return 'unknown';
  if (type === 'rate' && refused) return 'rate_badly';
  return Object.hasOwn(EVENT_TYPES, type) ? (EVENT_CLAUSES.find((name) => name === type) ?? 'unknown') : 'other';
}

/** Seconds of each unit, the longest first. */
const UNITS = [['years', 31_557_600], ['months', 2_629_800], ['days', 86_400], ['hours', 3_600], ['minutes', 60], ['seconds', 5]] as const;

function agoOf({ ages }: Messages, language: Language, seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['now', 1];
  return count(ages[unit], language, Math.floor(seconds / (unit === 'seconds' ? 1 : size)), {});
}

type Values = Readonly<Record<string, string | number>>;

const PLURALS: Readonly<Record<Language, (n: number) => Intl.LDMLPluralRule>> = { en: pluralsOf('en'), zh: pluralsOf('zh') };

/** Remembers the forms of small numbers: asking for one takes a microsecond. */
function pluralsOf(language: Language): (n: number) => Intl.LDMLPluralRule {
  const rules = new Intl.PluralRules(language);
  const small = Array.from({ length: 100 }, (_, n) => rules.select(n));
  return (n) => small[n] ?? rules.select(n);
}

function count(text: Counted, language: Language, n: number, values: Values): string {
  if (typeof text === 'string') return fill(text, { ...values, n });
  return fill(PLURALS[language](n) === 'one' ? text.one : text.other, { ...values, n });
}

/** Texts and names in turn: text, name, text … There are as many as messages.ts has texts. */
const taken = new Map<string, readonly string[]>();

function fill(template: string, values: Values): string {
  let parts = taken.get(template);
  if (parts === undefined) taken.set(template, (parts = template.split(/\{(\w+)\}/)));
  let text = '';
  for (let i = 0; i < parts.length; i++) text += i % 2 === 0 ? (parts[i] ?? '') : String(values[parts[i] ?? ''] ?? '');
  return text;
}
