/** What the replay buffer draws, before and after it has lost examples. */
import { describe, expect, it } from 'vitest';
import type { Example, ExampleTable } from '@freshet/trainer/engine/example';
import { createReplayBuffer, type ReplayBuffer } from '@freshet/trainer/learner/replay-buffer';

const CAPACITY = 1_000;
const FIRST = 100;

function filledWith(examples: number): ReplayBuffer {
  const blank: Example = { target: 1, weight: 1, effect: 'positive', history: [], own: 0 };
  const table: ExampleTable = { slots: FIRST + CAPACITY, write: () => undefined, read: () => blank, copy: () => undefined, target: () => 1 };
  const buffer = createReplayBuffer(table, FIRST);
  for (let n = 0; n < examples; n++) buffer.keep(0, 'view');
  return buffer;
}

const drawnOf = (buffer: ReplayBuffer): number => Array.from({ length: 100 }, (_, turn) => buffer.draw(32, 7, turn).length).reduce((sum, n) => sum + n, 0) / 3_200;

describe('the replay buffer', () => {
  it('draws as many as are asked for, of those it holds, once it holds any', () => {
    expect(filledWith(0).draw(32, 1, 1)).toEqual([]);
    const slots = filledWith(10).draw(32, 1, 1);
    expect(slots).toHaveLength(32);
    for (const slot of slots) expect(slot >= FIRST && slot < FIRST + 10).toBe(true);
  });

  it('leaves out draws of examples that the model learned before it was loaded: a few new ones aren’t learned over and over', () => {
    const buffer = filledWith(50);
    buffer.lose(450);
    expect(drawnOf(buffer)).toBeGreaterThan(0.08);
    expect(drawnOf(buffer)).toBeLessThan(0.12);
    expect(buffer.draw(32, 7, 3)).toEqual(buffer.draw(32, 7, 3));
  });

  it('draws in full again when new examples have filled it, or when all is forgotten', () => {
    const full = filledWith(CAPACITY);
    full.lose(50_000);
    expect(drawnOf(full)).toBe(1);
    const cleared = filledWith(50);
    cleared.lose(450);
    cleared.clear();
    cleared.keep(0, 'view');
    expect(drawnOf(cleared)).toBe(1);
  });
});
