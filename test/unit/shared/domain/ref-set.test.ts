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
