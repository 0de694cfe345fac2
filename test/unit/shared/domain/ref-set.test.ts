import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { UserRef } from '@freshet/shared/domain/event';
import { createRefSet } from '@freshet/shared/domain/ref-set';

const ref = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0') as UserRef);
const near = fc.integer({ min: 0, max: 5_000 }).map((bits) => bits.toString(16).padStart(16, '0') as UserRef);

it('a set of references holds what a set of strings holds', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(ref, near), { maxLength: 4_000, size: 'max' }), fc.array(fc.oneof(ref, near)), (added, asked) => {
      const compact = createRefSet();
      for (const one of added) compact.add(one);
      const plain = new Set(added);
      expect(compact.size).toBe(plain.size);
      for (const one of [...added, ...asked]) expect(compact.has(one)).toBe(plain.has(one));
    }),
    { numRuns: 50 },
  );
});

it('a set of references forgets what is deleted, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ one: fc.oneof(ref, near), adds: fc.integer({ min: 0, max: 2 }).map((n) => n > 0) }), { maxLength: 4_000, size: 'max' }), (steps) => {
      const compact = createRefSet();
      const plain = new Set<UserRef>();
      for (const { one, adds } of steps) {
        if (adds) plain.add(one);
        else plain.delete(one);
        if (adds) compact.add(one);
        else compact.delete(one);
      }
      expect(compact.size).toBe(plain.size);
      for (const { one } of steps) expect(compact.has(one)).toBe(plain.has(one));
    }),
    { numRuns: 50 },
  );
});
