import { AGE_UNITS, EVENT_CLAUSES, LANGUAGES, type Language, MESSAGES } from '@freshet/serving/messages/messages';
import { createVoice, type Voice } from '@freshet/serving/messages/say';
import { REASON_KINDS, type Reason } from '@freshet/serving/rank/input';
import { OBSTACLES } from '@freshet/serving/rank/obstacles';
import { EVENT_TYPES } from '@freshet/shared/domain/event';
import { describe, expect, it } from 'vitest';

/** Every text of a language by its path, and the placeholders it has; forms that count are one text. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value as object).flatMap(([key, part]) => textsOf(part, key === 'one' || key === 'other' ? path : `${path}/${key}`));
}

function placeholdersOf(language: Language): Map<string, string> {
  const found = new Map<string, string>();
  for (const [path, text] of textsOf(MESSAGES[language])) found.set(path, [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted().join());
  return found;
}

const titles: Readonly<Record<string, string>> = { m: 'Mug', t: 'Tea' };
const voiceOf = (language: Language): Voice => createVoice(language, (id) => titles[id] ?? id);
const en = voiceOf('en');
const zh = voiceOf('zh');

describe('the messages', () => {
  it('have every text in both languages, none empty, with the same placeholders', () => {
    const [first, ...others] = LANGUAGES.map(placeholdersOf);
    for (const other of others) expect(other).toEqual(first);
    for (const language of LANGUAGES) for (const [path, text] of textsOf(MESSAGES[language])) expect([path, text.trim()]).not.toEqual([path, '']);
    // Where both forms of a count are given, both count.
    for (const text of textsOf(MESSAGES.en).filter(([path]) => /ages\/(days|months|years)/.test(path))) expect(text[1]).toContain('{n}');
  });

  it('are Chinese in Chinese and English in English', () => {
    for (const [path, text] of textsOf(MESSAGES.en)) expect([path, /\p{Script=Han}/u.test(text)]).toEqual([path, false]);
    for (const [path, text] of textsOf(MESSAGES.zh)) if (text !== '{event}') expect([path, /\p{Script=Han}/u.test(text)]).toEqual([path, true]);
  });

  it('have a clause for every event type there is', () => {
    expect(Object.keys(EVENT_TYPES).filter((type) => !EVENT_CLAUSES.some((clause) => clause === type))).toEqual([]);
  });

  it.each(LANGUAGES)('say every kind of reason and obstacle, of every type of event, for and against, with nothing left to fill in (%s)', (language) => {
    const voice = voiceOf(language);
    const types = [...Object.keys(EVENT_TYPES), 'tasted', undefined];
    const said: string[] = [];
    for (const event_type of types) {
      const what = { item_id: 'm', age_seconds: 40, ...(event_type === undefined ? {} : { event_type }) };
      for (const contribution of [1, -1]) for (const kind of REASON_KINDS) said.push(voice.reason({ kind, contribution, count: 3, ...what }, 't'));
      for (const code of OBSTACLES) said.push(voice.obstacle('t', { code, shoppers: 1, needed: 3, rule: 'autumn', ...what }));
      for (const after of [37, 1]) for (const events of [1, 2]) said.push(voice.without({ ...what, events }, { before: 1, after }));
    }
    said.push(voice.listed('m', 3), voice.listed('m', 3, 'pin'), voice.listed('m', 3, 'exploration'), voice.buried('m', 60), voice.behind('m', { rank: 57, score: 1, places: 20, needed: 2 }), voice.varied('m', 4), voice.unscored('m'));
    for (const text of said) {
      expect(text).not.toMatch(/[{}]|undefined|NaN|“”| {2}/);
      expect(text.trim()).toBe(text);
      expect(text.length).toBeGreaterThan(1);
    }
  });
});

describe('a sentence', () => {
  const history = (over: Partial<Reason>): Reason => ({ kind: 'history', item_id: 'm', event_type: 'view', age_seconds: 40, contribution: 1, ...over });

  it('says what was done with which item, and how long ago', () => {
    expect(en.reason(history({}), 't')).toBe('because you viewed “Mug” 40 s ago');
    expect(zh.reason(history({}), 't')).toBe('因为您40秒前看过“Mug”');
    expect(en.reason(history({ event_type: 'purchase', age_seconds: 3 * 3_600 + 59 }), 't')).toBe('because you bought “Mug” 3 h ago');
    expect(en.reason(history({ event_type: 'rate', age_seconds: 86_400, contribution: -0.1 }), 't')).toBe('although you rated “Mug” well 1 day ago');
    expect(en.reason(history({ event_type: 'tasted', item_id: 'unnamed' }), 't')).toBe('because you did “tasted” with “unnamed” 40 s ago');
    expect(en.reason({ kind: 'repeat', event_type: 'cart', age_seconds: 90, contribution: 1 }, 't')).toBe('again, because you put “Tea” into the cart 1 min ago');
    expect(en.reason({ kind: 'repeat', age_seconds: 90, contribution: 1 }, 't')).toBe('because you had it 1 min ago');
    expect(en.reason({ kind: 'follow', item_id: 'm', contribution: 1 }, 't')).toBe('goes with “Mug”: often taken next');
    expect(zh.reason({ kind: 'popularity', contribution: -1 }, 't')).toBe('不如多数商品热门');
  });

  it('counts', () => {
    expect([1, 2].map((count) => en.reason({ kind: 'other', count, contribution: 1 }, 't'))).toEqual(['1 more event', '2 more events']);
    expect([0, 1].map((shoppers) => en.obstacle('m', { code: 'too_few_shoppers', shoppers, needed: 3 }))).toEqual([
      '“Mug” is not described in the catalogue, and 0 shoppers have dealt with it: 3 are needed', '“Mug” is not described in the catalogue, and 1 shopper has dealt with it: 3 are needed',
    ]);
  });

  it('tells ages in their largest unit', () => {
    const ages = [0, 4, 5, 59, 60, 3_599, 3_600, 86_399, 86_400, 2 * 86_400, 29 * 86_400, 31 * 86_400, 62 * 86_400, 366 * 86_400, 1_000 * 86_400];
    const ago = ages.map((age_seconds) => en.reason({ kind: 'repeat', age_seconds, contribution: 1 }, 't').replace('because you had it ', ''));
    expect(ago).toEqual(['just now', 'just now', '5 s ago', '59 s ago', '1 min ago', '59 min ago', '1 h ago', '23 h ago', '1 day ago', '2 days ago', '29 days ago', '1 month ago', '2 months ago', '1 year ago', '2 years ago']);
    expect(AGE_UNITS).toHaveLength(7);
  });

  it('tells what a rating, a refusal and an event left out mean', () => {
    expect(en.obstacle('m', { code: 'refused', event_type: 'rate', age_seconds: 7_200 })).toBe('you rated “Mug” badly 2 h ago');
    expect(en.obstacle('m', { code: 'refused', age_seconds: 7_200 })).toBe('you turned down “Mug” 2 h ago');
    expect(en.obstacle('m', { code: 'seen', event_type: 'view', age_seconds: 7_200 })).toBe('you viewed “Mug” 2 h ago, and the request excludes what you had');
    expect(en.without({ item_id: 'm', event_type: 'view', age_seconds: 40, events: 1 }, { before: 1, after: 37 })).toBe('you viewed “Mug” 40 s ago; without it: rank 37 instead of 1');
    expect(en.without({ item_id: 'm', events: 3 }, { before: 1, after: 37 })).toBe('without all 3 events of “Mug”: rank 37 instead of 1');
    expect(en.without({ item_id: 'm', events: 1 }, { before: 1, after: 37 })).toBe('you are looking at “Mug”; without it: rank 37 instead of 1');
    expect(en.behind('m', { rank: 57, score: 1.234, places: 20, needed: 2 })).toBe('“Mug” is at rank 57 with a score of 1.23; the last of the 20 places takes 2.00, which is 0.77 more');
  });

  it('leaves a title as the shop wrote it, placeholders and markup included', () => {
    const voice = createVoice('en', () => '<b>{ago}</b> $& “x”');
    expect(voice.reason(history({}), 't')).toBe('because you viewed “<b>{ago}</b> $& “x”” 40 s ago');
  });
});
