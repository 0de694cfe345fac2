import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRecency } from '@freshet/shared/domain/packed/recency';
import { createTouches } from '@freshet/shared/domain/packed/touches';

const number = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 5_000 }));

it('the oldest is the one put longest ago', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ number, puts: fc.boolean() }), { maxLength: 200, size: 'max' }), (steps) => {
      const recency = createRecency();
      const order: number[] = [];
      for (const { number: one, puts } of steps) {
        const at = order.indexOf(one);
        if (at >= 0) order.splice(at, 1);
        if (puts) order.push(one);
        if (puts) recency.put(one);
        else recency.remove(one);
        expect(recency.oldest).toBe(order[0] ?? -1);
        expect(recency.has(one)).toBe(puts);
      }
      for (const one of order) {
        expect(recency.oldest).toBe(one);
        recency.remove(one);
      }
      expect(recency.oldest).toBe(-1);
    }),
  );
});

it('where a slot was touched goes back only when it was removed', () => {
  const touches = createTouches();
  touches.put(2_000, 9);
  touches.put(7, 5);
  touches.put(2_000, 3);
  expect([touches.oldest, touches.at(7), touches.at(2_000)]).toEqual([7, 5, 9]);
  touches.remove(2_000);
  touches.put(2_000, 4);
  expect(touches.at(2_000)).toBe(4);
});
