import { describe, expect, it } from 'vitest';
import { demoCatalogue, PICTURES } from 'freshet/demo/catalogue';
import { drawPicture } from 'freshet/demo/pictures/picture';
import { CATEGORIES } from 'freshet/demo/words';

const items = demoCatalogue(1);
const pictures = items.map((item) => drawPicture(item));

describe('drawPicture', () => {
  it('draws every item, the same each time, small, and at the address its document names', () => {
    expect(new Set(items.map(({ category, product }) => `${category} ${product}`)).size).toBe(CATEGORIES.flatMap(({ products }) => products).length);
    for (const [n, item] of items.entries()) {
      const picture = pictures[n] ?? '';
      expect(drawPicture(item)).toBe(picture);
      expect(picture.length).toBeLessThan(8_000);
      expect(item.fields.image_url).toBe(`${PICTURES}/${item.id}.svg`);
    }
  });

  it('gives one product many looks: a shelf of it does not look stamped', () => {
    const looks = new Map<string, Set<string>>();
    const sizes = new Map<string, number>();
    for (const [n, { category, product }] of items.entries()) {
      const key = `${category} ${product}`;
      looks.set(key, (looks.get(key) ?? new Set()).add(pictures[n] ?? ''));
      sizes.set(key, (sizes.get(key) ?? 0) + 1);
    }
    expect([...sizes].filter(([key, size]) => (looks.get(key)?.size ?? 0) < 0.7 * size)).toEqual([]);
  });

  it('is well-formed and holds nothing that loads, runs or names something missing', () => {
    expect(pictures.flatMap((picture, n) => faultsOf(picture).map((fault) => `${items[n]?.id ?? ''}: ${fault}`))).toEqual([]);
  });
});

const FOREIGN = /undefined|NaN|<script|<style|<image|\son\w+=|https?:(?!\/\/www\.w3\.org\/2000\/svg)|\sstyle=/;

function faultsOf(picture: string): string[] {
  const foreign = FOREIGN.exec(picture);
  const faults = foreign === null ? [] : [`holds ${foreign[0]}`];
  const open: string[] = [];
  for (const [, closing, tag = '', self] of picture.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)) {
    if (closing === '/' && open.pop() !== tag) faults.push(`</${tag}> closes something else`);
    if (closing === '' && self === '') open.push(tag);
  }
  if (open.length > 0) faults.push(`<${open.join('> <')}> stay open`);
  const ids = new Set([...picture.matchAll(/\sid="(\w+)"/g)].map((match) => match[1]));
  for (const [, used] of picture.matchAll(/(?:url\(|href=")#(\w+)/g)) if (!ids.has(used)) faults.push(`names #${used ?? ''}, which is missing`);
  return faults;
}
