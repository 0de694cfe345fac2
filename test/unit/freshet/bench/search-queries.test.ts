import { describe, expect, it } from 'vitest';
import { KINDS, knownItems } from 'freshet/bench/search/known-items';
import { chineseQueries, chineseTitles, grownTitle } from 'freshet/bench/search/made-up-titles';
import { rarestWords } from 'freshet/bench/search/rarest-words';

const titles = new Map([['a', 'RED HEART SHAPED MUG'], ['b', 'BLUE WOODEN TRAY LARGE'], ['c', 'MUG']]);

describe('queries of the search bench', () => {
  it.each(KINDS)('of the kind %s are as many as asked for and the same for the same seed', (kind) => {
    const queries = knownItems(titles, kind, { seed: 1, count: 50 });
    expect(queries).toHaveLength(50);
    expect(knownItems(titles, kind, { seed: 1, count: 50 })).toEqual(queries);
    expect(knownItems(titles, kind, { seed: 2, count: 50 })).not.toEqual(queries);
  });

  it('are made from the title of their item', () => {
    for (const { id, query } of knownItems(titles, 'prefix', { seed: 3, count: 40 })) expect(titles.get(id)?.startsWith(query)).toBe(true);
    for (const { id, query } of knownItems(titles, 'two_words', { seed: 3, count: 40 })) {
      const words = query.split(' ');
      expect(new Set(words).size).toBe(2);
      expect(words.every((word) => titles.get(id)?.split(' ').includes(word))).toBe(true);
    }
    for (const { id, query } of knownItems(titles, 'typo', { seed: 3, count: 40 })) {
      const before = (titles.get(id) ?? '').split(' ');
      const after = query.split(' ');
      expect(after).toHaveLength(before.length);
      expect(after.filter((word, i) => word !== before[i])).toHaveLength(1);
    }
  });

  it('in Chinese are of at least 200 titles without spaces, with the name in front', () => {
    const made = chineseTitles(300, 1);
    expect(chineseTitles(300, 1)).toEqual(made);
    const { whole, name } = chineseQueries(made);
    expect(whole).toHaveLength(300);
    for (const [i, { query }] of name.entries()) {
      expect(Array.from(query)).toHaveLength(2);
      expect(whole[i]?.query.startsWith(query)).toBe(true);
      expect(whole[i]?.query).toMatch(/^\p{Script=Han}+$/u);
    }
  });

  it('for a purchase are the two words of its title that fewest titles have', () => {
    const queryOf = rarestWords(new Map([...titles, ['d', 'RED MUG LARGE']]));
    expect(queryOf('d')).toBe('large red');
    expect(queryOf('a')).toBe('heart shaped');
    expect(queryOf('c')).toBeUndefined();
  });

  it('are asked of a catalogue that is grown by titles like its own', () => {
    const words = [...titles.values()].map((title) => title.split(' '));
    expect(grownTitle(words, 1, 7)).toBe(grownTitle(words, 1, 7));
    const grown = Array.from({ length: 200 }, (_, n) => grownTitle(words, 1, n));
    expect(new Set(grown).size).toBeGreaterThan(100);
    expect(grown.every((title) => title.length > 0)).toBe(true);
  });
});
