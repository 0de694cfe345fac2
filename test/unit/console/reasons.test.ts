import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reason } from '@freshet/console/answers';
import { addingUp, captionOf, stepsOf } from '@freshet/console/reasons';
import { createText } from '@freshet/console/text';

const text = createText('en');
const reason = (kind: string, contribution: number, said?: string): Reason => ({ kind, contribution, ...(said === undefined ? {} : { text: said }) });

describe('stepsOf', () => {
  it('begins each bar where the one before it ends: first what speaks for the item, then what speaks against it', () => {
    const steps = stepsOf([reason('repeat', -1, 'although you had it'), reason('history', 4, 'because you viewed “Mug”'), reason('follow', 2, 'goes with “Tea”')], 5, text);
    expect(steps).toEqual([
      { kind: 'history', label: 'because you viewed “Mug”', from: 0, to: 4, number: 4 },
      { kind: 'follow', label: 'goes with “Tea”', from: 4, to: 6, number: 2 },
      { kind: 'repeat', label: 'although you had it', from: 6, to: 5, number: -1 },
    ]);
  });

  it('sums the smallest up when there are more than anybody reads, and shows a kind without a text by its name', () => {
    const reasons = [...Array.from({ length: 14 }, (_, n) => reason('history', n + 1, `event ${n + 1}`)), reason('weather', -20)];
    const steps = stepsOf(reasons, 85, text);
    expect(steps).toHaveLength(12);
    expect(steps.slice(-2)).toEqual([
      { kind: 'weather', label: 'weather', from: 95, to: 75, number: -20 },
      { kind: 'other', label: '4 smaller parts', from: 75, to: 85, number: 10 },
    ]);
    expect(stepsOf([], 0, text)).toEqual([]);
  });

  it('ends at the score, and its numbers add up to the score as it is shown, whatever the parts', () => {
    const parts = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(parts, (contributions) => {
        const score = contributions.reduce((sum, one) => sum + one, 0);
        const steps = stepsOf(contributions.map((one) => reason('history', one, 'x')), score, text);
        expect(steps.at(-1)?.to).toBeCloseTo(score, 6);
        const sum = steps.reduce((total, { number }) => total + Math.round(number * 100), 0);
        expect(sum).toBe(Math.round(score * 100) + 0);
        for (const { number, from, to } of steps) expect(Math.abs(number - (to - from))).toBeLessThan(0.0100001);
      }),
    );
  });
});

it('addingUp gives way where it costs least', () => {
  expect(addingUp([0.336, 0.336, 0.328], 1)).toEqual([0.34, 0.33, 0.33]);
  expect(addingUp([], 0)).toEqual([]);
});

it('captionOf is the sentence of what says most', () => {
  expect(captionOf([reason('general', 1, 'liked in general'), reason('history', 3, 'because you viewed “Mug”')])).toBe('because you viewed “Mug”');
  expect(captionOf([reason('other', 9, '9 more events'), reason('history', 3, 'because you viewed “Mug”')])).toBe('because you viewed “Mug”');
  expect(captionOf([reason('weather', 1)])).toBe('weather');
  expect(captionOf([])).toBe('');
});
