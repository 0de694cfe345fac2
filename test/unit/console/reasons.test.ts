import { describe, expect, it } from 'vitest';
import { reasonParts } from '@freshet/console/reasons';
import { createText } from '@freshet/console/text';

const name = (id: string): string => ({ m1: 'Mug', t1: 'Tea' })[id] ?? id;
const text = createText('en');

describe('reasonParts', () => {
  it('puts the largest first and what is left over last, with bars to the scale of the largest', () => {
    const parts = reasonParts([{ kind: 'other', contribution: 9 }, { kind: 'repeat', contribution: -1 }, { kind: 'history', item_id: 'm1', contribution: 4 }, { kind: 'follow', item_id: 't1', contribution: 2 }], text, name);
    expect(parts.map(({ label, contribution }) => [label, contribution])).toEqual([['because of Mug', 4], ['often next after Tea', 2], ['seen before', -1], ['all the rest', 9]]);
    expect(parts.map(({ share }) => share)).toEqual([4 / 9, 2 / 9, 1 / 9, 1]);
  });

  it('shows a kind that it has never heard of by its name', () => {
    expect(reasonParts([{ kind: 'weather', contribution: 0 }], text, name)).toEqual([{ kind: 'weather', label: 'weather', contribution: 0, share: 0 }]);
    expect(reasonParts([], text, name)).toEqual([]);
  });
});
