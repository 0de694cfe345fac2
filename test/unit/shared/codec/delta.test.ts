import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainChecksum, type Delta, decodeDelta, encodeDelta, FIRST_CHECKSUM, FLAG_PROMOTED, FLAG_RESTARTED, isPromotion, sizesOf, withSizes } from '@freshet/shared/codec/delta';
import { strideOf, TABLES } from '@freshet/shared/domain/tables';
import { CorruptionError } from '@freshet/shared/errors';

const DIM = 16;

const tableRows = (table: (typeof TABLES)[number]) =>
  fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 5 }).map((ids) => ({
    table,
    ids: Uint32Array.from(ids),
    values: Uint32Array.from({ length: ids.length * strideOf(table, DIM) }, (_, n) => n * 2654435761),
  }));

const names = fc.record({ row: fc.nat(), name: fc.string({ unit: 'grapheme', maxLength: 12 }) });

const deltas: fc.Arbitrary<Delta> = fc.record({
  header: fc.record({
    flags: fc.nat(0xffff_ffff),
    version: fc.maxSafeNat(),
    fromSeq: fc.maxSafeNat(),
    toSeq: fc.maxSafeNat(),
    learnedMs: fc.maxSafeNat(),
    epoch: fc.nat(),
    dim: fc.constant(DIM),
    configHash: fc.nat(),
    trainingHash: fc.nat(),
  }),
  // Names of items first, then those of words, as they are written.
  vocabulary: fc.tuple(fc.array(names, { maxLength: 5 }), fc.array(names, { maxLength: 5 })).map(([items, words]) => [...items, ...words.map((name) => ({ ...name, table: 'word' as const }))]),
  tables: fc.tuple(...TABLES.map(tableRows)),
});

describe('the sizes of a round in a delta’s flags', () => {
  it('are read back as they were written, and leave the flags as they are', () => {
    const sizes = fc.record({ replay: fc.nat(128).map((n) => n / 16), negatives: fc.integer({ min: 1, max: 1_024 }).map((n) => 4 * n) });
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, FLAG_RESTARTED, FLAG_PROMOTED, FLAG_RESTARTED | FLAG_PROMOTED), (given, flags) => {
        const written = withSizes(flags, given);
        expect(sizesOf({ flags: written })).toEqual(given);
        expect([written & FLAG_RESTARTED, isPromotion({ flags: written })]).toEqual([flags & FLAG_RESTARTED, isPromotion({ flags })]);
        expect([withSizes(flags, undefined), sizesOf({ flags })]).toEqual([flags, undefined]);
      }),
    );
  });
});

describe('the delta format', () => {
  it('reads back what it wrote, wherever the bytes lie in memory', () => {
    fc.assert(
      fc.property(deltas, fc.nat(3), (delta, shift) => {
        const bytes = encodeDelta(delta);
        const moved = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
        expect(decodeDelta(moved)).toEqual(delta);
      }),
    );
  });

  it('refuses every truncation and every addition', () => {
    fc.assert(
      fc.property(deltas, (delta) => {
        const bytes = encodeDelta(delta);
        for (let length = 0; length < bytes.length; length += 4) expect(() => decodeDelta(bytes.subarray(0, length))).toThrow(CorruptionError);
        expect(() => decodeDelta(Buffer.concat([bytes, Buffer.alloc(4)]))).toThrow(CorruptionError);
      }),
      { numRuns: 20 },
    );
  });

  it('never fails with anything but a CorruptionError on random damage', () => {
    fc.assert(
      fc.property(deltas, fc.nat(), fc.integer({ min: 1, max: 255 }), (delta, place, flip) => {
        const bytes = encodeDelta(delta);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        try {
          decodeDelta(bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(CorruptionError);
        }
      }),
    );
  });

  it('gives another checksum for any flipped byte and any other parent', () => {
    fc.assert(
      fc.property(deltas, fc.nat(), (delta, place) => {
        const bytes = encodeDelta(delta);
        const checksum = chainChecksum(FIRST_CHECKSUM, bytes);
        expect(chainChecksum(checksum, bytes).equals(checksum)).toBe(false);
        bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ 1;
        expect(chainChecksum(FIRST_CHECKSUM, bytes).equals(checksum)).toBe(false);
      }),
    );
  });
});
