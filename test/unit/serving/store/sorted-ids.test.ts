import { expect, it } from 'vitest';
import fc from 'fast-check';
import { createSortedIds } from '@freshet/serving/store/sorted-ids';

it('pages through exactly the ids that are in, in order, whatever was added and removed', () => {
  const step = fc.record({ add: fc.boolean(), id: fc.string({ maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 7 }), (steps, limit) => {
      const ids = createSortedIds();
      const model = new Set<string>();
      for (const { add, id } of steps) {
        ids[add ? 'add' : 'remove'](id);
        if (add) model.add(id);
        else model.delete(id);
      }
      const listed: string[] = [];
      for (let page = ids.after(undefined, limit); page.length > 0; page = ids.after(page.at(-1), limit)) listed.push(...page);
      expect(listed).toEqual([...model].sort((a, b) => (a < b ? -1 : 1)));
    }),
  );
});

it('splits its blocks and still lists in order', () => {
  const ids = createSortedIds();
  const all = Array.from({ length: 5_000 }, (_, i) => String((i * 7_919) % 5_000).padStart(5, '0'));
  for (const id of all) ids.add(id);
  expect(ids.after(undefined, 10_000)).toEqual([...all].sort());
  expect(ids.after('02500', 2)).toEqual(['02501', '02502']);
});
