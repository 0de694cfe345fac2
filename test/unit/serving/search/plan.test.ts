import { describe, expect, it } from 'vitest';
import { planQuery } from '@freshet/serving/search/plan';
import { createForms } from '@freshet/serving/search/stems';
import { checkSynonyms, createSynonyms, type SynonymGroups } from '@freshet/serving/search/synonyms';
import { createTextIndex } from '@freshet/serving/search/text-index';
import { EXPANSIONS, QUERY_WORDS } from '@freshet/serving/search/limits';

const forms = createForms();

function planner(titles: readonly string[], groups: SynonymGroups = []) {
  const index = createTextIndex(forms);
  titles.forEach((title, i) => index.set(i, undefined, { title }));
  const synonyms = createSynonyms(groups, forms);
  return (query: string) => planQuery(query, { forms, synonyms, index });
}

const words = (concept: { readonly terms: readonly { readonly text: string }[] } | undefined): string[] => (concept?.terms ?? []).map(({ text }) => text);

describe('the plan of a query', () => {
  it('has a concept a word, each word once, with the stems that texts have', () => {
    const plan = planner(['Red candles', 'A candle of red wax']);
    const concepts = plan('candles red candles wax');
    expect(concepts.map(({ word }) => word)).toEqual(['candles', 'red', 'wax']);
    expect(words(concepts[0])).toEqual(expect.arrayContaining(['candles', 'candl']));
  });

  it('looks for typos only in words that no text has, and gives them less', () => {
    const plan = planner(['heart candle', 'hearth rug', 'heard melodies']);
    expect(words(plan('heart rug')[0])).not.toContain('hearth');
    const [typo] = plan('haert rug');
    expect(words(typo)).toContain('heart');
    expect(typo?.terms.every(({ weight }) => weight < 1)).toBe(true);
    expect(words(plan('heartt rug')[0])).toContain('heart');
    expect(words(plan('rag heart')[0])).toEqual([]);
  });

  it('takes the last word for a beginning, others not', () => {
    const plan = planner(['christmas tree', 'chrome tree']);
    expect(words(plan('tree chr')[1]).sort()).toEqual(expect.arrayContaining(['christmas', 'chrome']));
    expect(words(plan('chr tree')[0])).toEqual([]);
    expect(words(plan('tree c')[1])).toEqual([]);
  });

  it('finds two words in one, one in two, exchanged letters and umlauts written with an e', () => {
    const plan = planner(['teapot', 'tea caddy', 'snow man', 'Möbel', 'candle']);
    expect(words(plan('tea pot')[0])).toContain('teapot');
    expect(words(plan('snowman set')[0])).toEqual(expect.arrayContaining(['snow', 'man']));
    expect(words(plan('moebel set')[0])).toContain('mobel');
    expect(words(plan('cnadle set')[0])).toContain('candle');
  });

  it('knows synonyms by any form of a member, in both directions', () => {
    const plan = planner(['mug', 'cup', 'sofas'], [['mug', 'cup'], ['sofa', 'couch']]);
    expect(words(plan('mugs x')[0])).toContain('cup');
    expect(words(plan('cup x')[0])).toContain('mug');
    expect(words(plan('couch x')[0])).toContain('sofa');
  });

  it('is bounded in words and in what stands for one', () => {
    const many = Array.from({ length: 300 }, (_, i) => `pre${i.toString(36)}x`);
    const plan = planner(many);
    expect(plan(many.slice(0, 40).join(' '))).toHaveLength(QUERY_WORDS);
    expect(words(plan('pre')[0])).toHaveLength(EXPANSIONS);
  });
});

describe('synonyms', () => {
  it.each([
    [[['mug']], /groups of 2 to 20 words/],
    [[['mug', 'tea cup']], /“tea cup” is not one/],
    [[['mug', '']], /“” is not one/],
    [Array.from({ length: 1_001 }, () => ['a', 'b']), /at most 1000 groups/],
  ] as const)('%# that can’t be used are refused', (groups, why) => {
    expect(() => checkSynonyms(groups)).toThrow(why);
  });
});
