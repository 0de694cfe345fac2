/** Who is in the canary: a share of the shoppers, always the same ones. */
import { isInCanary } from '@freshet/shared/domain/canary';
import type { UserRef } from '@freshet/shared/domain/event';
import { random32 } from '@freshet/shared/domain/random';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const hex = (n: number): string => n.toString(16).padStart(8, '0');
const refs = Array.from({ length: 20_000 }, (_, i) => `${hex(random32(5, i, 0))}${hex(random32(5, i, 1))}` as UserRef);
const inside = (share: number): UserRef[] => refs.filter((ref) => isInCanary(ref, share));

it.each([0.01, 0.05, 0.5, 0.9])('a canary of %d has about that share of the shoppers', (share) => {
  const deviation = Math.sqrt((share * (1 - share)) / refs.length);
  expect(Math.abs(inside(share).length / refs.length - share)).toBeLessThan(4 * deviation);
});

it('nobody is in a canary of none, everybody in one of all', () => {
  expect(inside(0)).toEqual([]);
  expect(inside(1)).toHaveLength(refs.length);
});

it('references that differ in one half only are drawn apart', () => {
  const low = Array.from({ length: 4_000 }, (_, i) => `${hex(7)}${hex(i)}` as UserRef).filter((ref) => isInCanary(ref, 0.5));
  const high = Array.from({ length: 4_000 }, (_, i) => `${hex(i)}${hex(7)}` as UserRef).filter((ref) => isInCanary(ref, 0.5));
  for (const found of [low, high]) expect(Math.abs(found.length / 4_000 - 0.5)).toBeLessThan(0.04);
});

it('who is in stays in when the share grows', () => {
  fc.assert(
    fc.property(fc.constantFrom(...refs.slice(0, 500)), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (ref, a, b) => {
      const [less, more] = a < b ? [a, b] : [b, a];
      expect(!isInCanary(ref, less) || isInCanary(ref, more)).toBe(true);
    }),
  );
});
