import { describe, expect, it } from 'vitest';
import { freshnessPicture, freshnessTable } from '../../../scripts/lib/freshness-picture.js';

const SETS = [
  { name: 'one & only', points: [{ every: 'now', hr: 0.5, ndcg: 0.25 }, { every: '1d', hr: 0.25, ndcg: 0.1 }] },
  { name: 'two', points: [{ every: 'now', hr: 0.1, ndcg: 0.05 }, { every: '1d', hr: 0.1, ndcg: 0.04 }] },
];

describe('the picture of freshness', () => {
  const svg = freshnessPicture(SETS);

  it('draws each figure as a share of the freshest one of its set', () => {
    const widths = [...svg.matchAll(/class="(?:bar|stale)"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual([176, 88, 176, 176]);
    expect(svg).toContain('>.2500 50 %<');
  });

  it('says the figures to who can’t see it, and escapes names', () => {
    expect(svg).toMatch(/aria-label="[^"]*one &amp; only: now \.5000, 1d \.2500; two: now \.1000, 1d \.1000"/);
    expect(svg).not.toMatch(/& only/);
    expect(svg.match(/<(text|rect)\b/g)?.length).toBe((svg.match(/<\/text>|<rect[^>]*\/>/g) ?? []).length);
  });

  it('has a colour for dark pages wherever it has one for light ones', () => {
    const [light = '', dark = ''] = svg.split('@media');
    const classes = [...light.matchAll(/\.([a-z]+)\{/g)].map(([, name]) => name);
    for (const name of classes) expect(dark).toContain(`.${name}{`);
  });

  it('has the same figures as a table', () => {
    expect(freshnessTable(SETS).split('\n')).toEqual(['| set | now | 1d |', '| --- | --- | --- |', '| one & only | .5000 / .2500 | .2500 / .1000 |', '| two | .1000 / .0500 | .1000 / .0400 |', '']);
  });
});
