import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CapacityError } from '@freshet/shared/errors';
import { createCells, MOST_BYTES } from '@freshet/shared/domain/packed/cells';

const EMPTY = new Uint8Array(MOST_BYTES);

type Command = { readonly do: 'put' | 'free'; readonly which: number; readonly length: number };

const length = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: MOST_BYTES }) });
const command: fc.Arbitrary<Command> = fc.record({ do: fc.constantFrom('put' as const, 'put' as const, 'free' as const), which: fc.nat(), length });

describe('cells', () => {
  it('keep every record apart from all others, and nothing of what is gone', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300, size: 'max' }), (commands) => {
        const cells = createCells();
        const slabs = new Set<Uint8Array>();
        const held = new Map<number, Uint8Array>();
        let made = 0;
        const record = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(1 + (made++ % 255));
        const note = (address: number, bytes: Uint8Array): void => {
          if (address <= 0 || held.has(address)) expect.fail(`${address} is no new address`);
          held.set(address, bytes);
          slabs.add(cells.bytesOf(address));
        };
        for (const one of commands) {
          const address = [...held.keys()][one.which % Math.max(1, held.size)];
          if (one.do === 'put' || address === undefined) {
            const bytes = record(one.length);
            note(cells.put(bytes), bytes);
            continue;
          }
          held.delete(address);
          cells.free(address);
        }
        for (const [address, bytes] of held) {
          const at = cells.offsetOf(address);
          expect(Buffer.compare(cells.bytesOf(address).subarray(at, at + bytes.length), bytes)).toBe(0);
        }
        for (const address of held.keys()) cells.free(address);
        for (const slab of slabs) expect(Buffer.compare(slab, EMPTY)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('take little more room than their records', () => {
    const cells = createCells();
    const lengths = [9, 100, 120, 250, 300, 1_000, 5_000];
    for (let n = 0; n < 35_000; n++) cells.put(new Uint8Array(lengths[n % lengths.length] ?? 0));
    const stored = (35_000 / lengths.length) * lengths.reduce((sum, length) => sum + length, 0);
    expect(cells.bytes / stored).toBeLessThan(1.1);
  });

  it('serve another size when all records of one are gone', () => {
    const cells = createCells();
    const small = Array.from({ length: 10_000 }, () => cells.put(new Uint8Array(40)));
    const before = cells.bytes;
    for (const address of small) cells.free(address);
    for (let n = 0; n < 10_000; n++) cells.put(new Uint8Array(32));
    expect(cells.bytes).toBeLessThanOrEqual(before);
  });

  it('give slabs back when very many are empty', () => {
    const cells = createCells();
    const many = Array.from({ length: 300 }, () => cells.put(new Uint8Array(MOST_BYTES)));
    expect(cells.bytes).toBe(300 * MOST_BYTES);
    for (const address of many) cells.free(address);
    expect(cells.bytes).toBe(64 * MOST_BYTES);
  });

  it('refuse a record that is too long', () => {
    expect(() => createCells().put(new Uint8Array(MOST_BYTES + 1))).toThrow(CapacityError);
  });
});
