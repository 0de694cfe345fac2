import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLists } from '@freshet/console/changes';

describe('compareLists', () => {
  it('says who rose, fell, came and went', () => {
    const changes = compareLists(['a', 'b', 'c', 'd'], ['c', 'e', 'a', 'd']);
    expect(Object.fromEntries(changes.byId)).toEqual({ c: { kind: 'rose', places: 2 }, e: { kind: 'entered' }, a: { kind: 'fell', places: 2 }, d: { kind: 'same' } });
    expect(changes).toMatchObject({ left: ['b'], entered: 1, rose: 1, fell: 1 });
  });

  it('accounts for every item of both lists, whatever they are', () => {
    const list = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { byId, left, entered, rose, fell } = compareLists(before, after);
        expect([...byId.keys()]).toEqual(after);
        expect([...left, ...after.filter((id) => byId.get(id)?.kind !== 'entered')].sort()).toEqual(before.toSorted());
        const kept = after.filter((id) => before.includes(id));
        expect(entered + kept.length).toBe(after.length);
        for (const id of kept) {
          const change = byId.get(id);
          const places = before.indexOf(id) - after.indexOf(id);
          expect(change).toEqual(places === 0 ? { kind: 'same' } : { kind: places > 0 ? 'rose' : 'fell', places: Math.abs(places) });
        }
        expect(rose + fell).toBe(kept.filter((id) => before.indexOf(id) !== after.indexOf(id)).length);
      }),
    );
  });
});
