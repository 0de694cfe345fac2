import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UserRef } from '@freshet/shared/domain/event';
import { highOf, lowOf, refOf } from '@freshet/shared/domain/packed/ref-halves';
import { createRefIndex, NO_SLOT } from '@freshet/shared/domain/packed/ref-index';

const random = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0') as UserRef);
const near = fc.integer({ min: 0, max: 3_000 }).map((bits) => bits.toString(16).padStart(16, '0') as UserRef);

describe('halves of a reference', () => {
  it('are the reference', () => {
    fc.assert(fc.property(random, (ref) => refOf(highOf(ref), lowOf(ref)) === ref));
  });

  it.each(['', 'user-0000000001', '0123456789ABCDEF', '0123456789abcde', '0123456789abcdef0', '0123456789abcde½'])('are refused of “%s”', (text) => {
    expect(() => highOf(text as UserRef) + lowOf(text as UserRef)).toThrow(TypeError);
  });
});

describe('an index of references', () => {
  it('has a slot of its own for each that is held, and frees it', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ ref: fc.oneof(random, near, near), takes: fc.integer({ min: 0, max: 3 }).map((n) => n > 0) }), { maxLength: 4_000, size: 'max' }), (steps) => {
        const index = createRefIndex();
        const slots = new Map<UserRef, number>();
        for (const { ref, takes } of steps) {
          const [high, low] = [highOf(ref), lowOf(ref)];
          const known = slots.get(ref);
          if (index.find(high, low) !== (known ?? NO_SLOT)) expect.fail(`${ref} is not at slot ${known}`);
          if (takes) slots.set(ref, index.take(high, low));
          else if (known !== undefined) {
            index.free(known);
            slots.delete(ref);
          }
        }
        expect(index.size).toBe(slots.size);
        expect(new Set(slots.values()).size).toBe(slots.size);
        for (const [ref, slot] of slots) {
          const found = [index.find(highOf(ref), lowOf(ref)), index.isTaken(slot), index.refAt(slot), slot < index.end];
          if (found.join() !== [slot, true, ref, true].join()) expect.fail(`slot ${slot} is not ${ref}’s`);
        }
        expect(Array.from({ length: index.end }, (_, slot) => slot).filter((slot) => index.isTaken(slot))).toHaveLength(slots.size);
      }),
      { numRuns: 30 },
    );
  });

  it('gives freed slots out again', () => {
    const index = createRefIndex();
    for (let n = 0; n < 10_000; n++) index.free(index.take(n, n + 1));
    expect(index.end).toBe(1);
  });
});
