import { describe, expect, it } from 'vitest';
import { createForms } from '@freshet/serving/search/stems';
import { queryWords, textWords } from '@freshet/serving/search/words';

const texts = (text: string): string[] => textWords(text).map((word) => word.text);
const asked = (text: string): string[] => queryWords(text).map((word) => word.text);

describe('words', () => {
  it('are runs of letters and digits in lower case, without diacritics and apostrophes', () => {
    expect(texts('Café-Crème, 2.5L “Dad’s” Straße ÜBER')).toEqual(['cafe', 'creme', '2', '5l', 'dads', 'strasse', 'uber']);
  });

  it('of scripts without spaces are pairs of characters, in a text single ones, too', () => {
    expect(texts('小熊杯')).toEqual(['小熊', '熊杯', '小', '熊', '杯']);
    expect(asked('小熊杯')).toEqual(['小熊', '熊杯']);
    expect(asked('杯')).toEqual(['杯']);
    expect(asked('iPhone手机壳')).toEqual(['iphone', '手机', '机壳']);
  });

  it('of Japanese without spaces hold kanji, hiragana and long katakana', () => {
    expect(asked('赤いマグカップ')).toEqual(['赤い', 'いマ', 'マグ', 'グカ', 'カッ', 'ップ']);
    expect(asked('コーヒー')).toEqual(['コー', 'ーヒ', 'ヒー']);
  });

  it('of Korean are pairs, too, so that a word is found within a longer one', () => {
    expect(asked('찻잔')).toEqual(['찻잔']);
    expect(texts('고급찻잔')).toEqual(expect.arrayContaining(asked('찻잔')));
    expect(asked('파란 찻잔을')).toEqual(['파란', '찻잔', '잔을']);
  });

  it('of Greek are the same with a sigma at their end as within', () => {
    expect(texts('ΜΟΥΣ ΜΟΥΣΕΙΟ')).toEqual(['μουσ', 'μουσειο']);
  });

  it('never cut a character beyond the basic plane in two', () => {
    expect(asked('𠮷野家')).toEqual(['𠮷野', '野家']);
    expect(textWords('𠮷野').map(({ start, end }) => '𠮷野'.slice(start, end))).toEqual(['𠮷野', '𠮷', '野']);
  });

  it('know their places in the text as it was given', () => {
    const text = 'A Crème brûlée, ﬁne — 赤い杯';
    for (const { start, end, written } of textWords(text)) expect(text.slice(start, end).normalize('NFKC').toLowerCase()).toBe(written);
  });
});

describe('forms of a word', () => {
  const forms = createForms();
  const formsOf = (text: string): readonly string[] => forms(queryWords(text)[0] ?? { text: '', written: '', gram: false });
  const share = (a: string, b: string): boolean => formsOf(a).some((form) => formsOf(b).includes(form));

  it.each([['candles', 'candle'], ['running', 'run'], ['Häuser', 'Haus'], ['Tassen', 'Tasse'], ['boxes', 'box']])('bring %s and %s together', (a, b) => {
    expect(share(a, b)).toBe(true);
  });

  it.each([['mug', 'jug'], ['15cm', '16cm'], ['杯子', '杯']])('keep %s and %s apart', (a, b) => {
    expect(share(a, b)).toBe(false);
  });

  it('begin with the word itself', () => {
    expect(formsOf('Candles')[0]).toBe('candles');
    expect(formsOf('杯子')).toEqual(['杯子']);
  });
});
