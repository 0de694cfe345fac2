import { createTurns } from '@freshet/serving/tail/turns';
import { describe, expect, it } from 'vitest';

describe('turns', () => {
  it('run so many at once, the others in the order they came, and refuse those beyond the queue', async () => {
    const turns = createTurns({ atOnce: 2, queued: 3 });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const task = (n: number) => turns.take(() => new Promise<number>((resolve) => {
      begun.push(n);
      ends.push(() => resolve(n));
    }));
    const taken = [0, 1, 2, 3, 4].map(task);
    await expect(task(5)).rejects.toMatchObject({ status: 503, code: 'tail_busy', headers: { 'retry-after': '1' } });
    expect(begun).toEqual([0, 1]);
    for (let done = 0; done < 5; done++) {
      await expect.poll(() => begun.length).toBe(Math.min(5, done + 2));
      ends[done]?.();
    }
    expect(await Promise.all(taken)).toEqual([0, 1, 2, 3, 4]);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it('are given on by a task that fails', async () => {
    const turns = createTurns({ atOnce: 1, queued: 1 });
    const failed = turns.take(() => Promise.reject(new Error('gone')));
    const next = turns.take(() => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('gone');
    expect(await next).toBe('done');
    expect(await turns.take(() => Promise.resolve('again'))).toBe('again');
  });
});
