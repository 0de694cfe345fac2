import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNames } from '@freshet/shared/domain/packed/names';

it('a name has one number while it is held, and none when it was released as often', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ name: fc.integer({ min: 0, max: 12 }).map(String), holds: fc.boolean() }), { maxLength: 300, size: 'max' }), (steps) => {
      const names = createNames();
      const holders = new Map<string, { number: number; count: number }>();
      for (const { name, holds } of steps) {
        const known = holders.get(name);
        if (holds) {
          const number = names.hold(name);
          expect(known?.number ?? number).toBe(number);
          holders.set(name, { number, count: (known?.count ?? 0) + 1 });
        } else if (known !== undefined) {
          names.release(known.number);
          if (known.count === 1) holders.delete(name);
          else holders.set(name, { ...known, count: known.count - 1 });
        }
        expect(names.size).toBe(holders.size);
        expect(new Set([...holders.values()].map(({ number }) => number)).size).toBe(holders.size);
      }
      for (let n = 0; n <= 12; n++) {
        const known = holders.get(String(n));
        expect(names.find(String(n))).toBe(known?.number);
        if (known !== undefined) expect(names.nameOf(known.number)).toBe(String(n));
      }
    }),
  );
});

it('a name is not released more often than held', () => {
  const names = createNames();
  const number = names.hold('a');
  names.release(number);
  expect(names.nameOf(number)).toBe('');
  expect(() => names.release(number)).toThrow(RangeError);
});
