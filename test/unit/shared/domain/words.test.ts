import fc from 'fast-check';
import { changedSources, ITEM_WORDS, itemWords, QUERY_WORDS, queryWords, textWords, WORD_CHARS } from '@freshet/shared/domain/words';
import { describe, expect, it } from 'vitest';

const words = (fields: Parameters<typeof itemWords>[0]): string[] => itemWords(fields).map(({ word }) => word);

describe('the words of a text', () => {
  it.each([
    ['15CM Christmas glass-ball, 20 lights', ['15cm', 'christmas', 'glass', 'ball', '20', 'lights']],
    ['Children’s "Café" mugs & mugs', ['childrens', 'café', 'mugs']],
    ['ＦＵＬＬ ﬁne Ⅸ', ['full', 'fine', 'ix']],
    ['Ünïcode STRASSE', ['ünïcode', 'strasse']],
    ['हिन्दी शब्द', ['हिन्दी', 'शब्द']],
    ['', []],
    [' - / ! ', []],
  ])('%j are %j', (text, expected) => {
    expect(textWords(text)).toEqual(expected);
  });

  it('that is written without spaces are pairs of neighbours, and single characters', () => {
    expect(textWords('红色茶杯 teacup')).toEqual(['红色', '色茶', '茶杯', '红', '色', '茶', '杯', 'teacup']);
    expect(textWords('コーヒー')).toEqual(['コー', 'ーヒ', 'ヒー', 'コ', 'ー', 'ヒ']);
    expect(textWords('杯')).toEqual(['杯']);
  });

  it('are the same for the same text written in other ways', () => {
    expect(textWords('cafe\u0301 MUG')).toEqual(textWords('CAFÉ mug'));
  });

  it('are the same again when they are read as a text: nothing is folded twice', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      for (const word of textWords(text)) expect(textWords(word)).toContain(word);
    }));
  });

  it('hold no colon and are short, whatever the text', () => {
    const isWrong = (word: string): boolean => word.includes(':') || word === '' || Array.from(word).length > WORD_CHARS;
    const anything = fc.array(fc.integer({ min: 0, max: 0x10_ffff }), { maxLength: 200 }).map((points) => String.fromCodePoint(...points));
    fc.assert(fc.property(anything, (text) => !queryWords(text).some(isWrong) && queryWords(text).length <= QUERY_WORDS));
  });
});

describe('the words of an item', () => {
  it('are categories from special to general, brand, price, title, attributes', () => {
    const fields = { title: 'Red mug', categories: ['Home', 'Tea & Coffee'], brand: 'ACME', price: 12, attributes: { Colour: 'Red', weight: 300, new: true, sizes: ['S', 'M'] } };
    expect(words(fields)).toEqual([
      'category:tea & coffee', 'category:home', 'brand:acme', 'price:~7', 'red', 'mug', 'colour:red', 'weight:~16', 'new:true', 'sizes:s', 'sizes:m',
    ]);
  });

  it('say of a price how much it is on a log scale', () => {
    const bucket = (price: number): string | undefined => words({ price })[0];
    expect(bucket(10)).toBe(bucket(10.5));
    expect(bucket(10)).not.toBe(bucket(15));
    expect([bucket(0), bucket(-4)]).toEqual(['price:0', 'price:-~4']);
  });

  it('of a long attribute are its words, each with the attribute’s name', () => {
    expect(words({ attributes: { related: '[6285, 194, 6427, 1647, 7856, 287, 3710]' } })).toEqual(['6285', '194', '6427', '1647', '7856', '287', '3710'].map((id) => `related:${id}`));
  });

  it('are at most twenty, and no field crowds out those before it', () => {
    const many = Array.from({ length: 50 }, (_, n) => `w${n}`);
    const found = itemWords({ title: many.join(' '), categories: many, brand: 'b', price: 1, attributes: { tags: many } });
    expect(found).toHaveLength(ITEM_WORDS);
    expect(found.filter(({ source }) => source === 'title')).toHaveLength(12);
    expect(found.filter(({ source }) => source === 'categories').map(({ word }) => word)).toEqual(['category:w49', 'category:w48', 'category:w47', 'category:w46']);
  });

  it('that a change speaks of are known by their source', () => {
    expect([...changedSources({ title: 'a', attributes: {} })]).toEqual(['title', 'attributes']);
  });
});
