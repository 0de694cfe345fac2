import { createFreeBlocks, type FreeBlocks } from '@freshet/serving/retrieval/free-blocks';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const BLOCKS = 40;

/** Takes, and says which blocks; none when there is no room. */
function taken(free: FreeBlocks, run: number, last: number | undefined): number[] {
  if (run === 0) return [free.take(last)];
  const first = free.takeRun(run);
  return first < 0 ? [] : Array.from({ length: run }, (_, i) => first + i);
}

test('no block is given out twice, and there is one as long as any is free', () => {
  const step = fc.record({ run: fc.nat(6), giveBack: fc.boolean(), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const free = createFreeBlocks(BLOCKS);
      const inUse: number[] = [];
      for (const { run, giveBack, which } of steps) {
        if (giveBack && inUse.length > 0) {
          const [block = -1] = inUse.splice(which % inUse.length, 1);
          free.give(block);
        } else if (run === 0 && inUse.length === BLOCKS) {
          expect(() => free.take()).toThrow('all 40 blocks of lists are in use');
        } else {
          const blocks = taken(free, run, inUse[which % Math.max(1, inUse.length)]);
          if (run === 0) expect(blocks).toHaveLength(1);
          for (const block of blocks) {
            expect(block).toBeGreaterThanOrEqual(0);
            expect(block).toBeLessThan(BLOCKS);
            expect(inUse).not.toContain(block);
            inUse.push(block);
          }
        }
      }
    }),
  );
});

test('the neighbour is taken when it is free, and blocks that were used before are preferred to fresh ones', () => {
  const free = createFreeBlocks(BLOCKS);
  expect([free.take(), free.take(), free.take(), free.take()]).toEqual([0, 1, 2, 3]);
  expect(free.take(3)).toBe(4);
  free.give(1);
  expect(free.take(0)).toBe(1);
  free.give(2);
  expect(free.take(4)).toBe(5);
  expect(free.take(0)).toBe(2);
});

test('a run is found between others, and none is begun in fresh memory while many blocks are free', () => {
  const free = createFreeBlocks(BLOCKS);
  for (let i = 0; i < 12; i++) free.take();
  for (const block of [3, 4, 5]) free.give(block);
  expect(free.takeRun(3)).toBe(3);
  for (const block of [0, 1, 3, 4, 6, 7, 9, 10]) free.give(block);
  expect(free.takeRun(3)).toBe(-1);
  free.reset();
  expect(free.takeRun(3)).toBe(0);
});
