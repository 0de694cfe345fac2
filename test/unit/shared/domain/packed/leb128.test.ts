import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createByteReader, createByteWriter } from '@freshet/shared/domain/packed/leb128';

type Written = readonly ['whole' | 'difference' | 'float' | 'word', number];

const written: fc.Arbitrary<Written> = fc.oneof(
  fc.tuple(fc.constant('whole' as const), fc.oneof(fc.nat({ max: 300 }), fc.nat(), fc.maxSafeNat())),
  fc.tuple(fc.constant('difference' as const), fc.oneof(fc.integer({ min: -100, max: 100 }), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }))),
  fc.tuple(fc.constant('float' as const), fc.double({ noNaN: true })),
  fc.tuple(fc.constant('word' as const), fc.integer()),
);

it('numbers are read as they were written', () => {
  const writer = createByteWriter();
  const reader = createByteReader();
  fc.assert(
    fc.property(fc.array(written, { maxLength: 2_000, size: 'max' }), (numbers) => {
      writer.start();
      for (const [kind, number] of numbers) writer[kind](number);
      const bytes = writer.taken().slice();
      reader.start(bytes, 0);
      for (const [kind, number] of numbers) expect(reader[kind]()).toBe(number);
    }),
    { numRuns: 50 },
  );
});

it('small numbers take one byte, those of 32 bits five', () => {
  const writer = createByteWriter();
  const bytesFor = (value: number): number => {
    writer.start();
    writer.whole(value);
    return writer.taken().length;
  };
  expect([0, 127, 128, 16_383, 16_384, 2 ** 32, Number.MAX_SAFE_INTEGER].map(bytesFor)).toEqual([1, 1, 2, 2, 3, 5, 8]);
});
