import { createWaiters } from '@freshet/trainer/waiters';
import { expect, test } from 'vitest';

const over = new Error('the term is over');

test('a job waits until its entries are applied, and not at all when they are', async () => {
  const waiters = createWaiters();
  const served: number[] = [];
  const fifth = waiters.until(5).then(() => served.push(5));
  const third = waiters.until(3).then(() => served.push(3));
  waiters.advance(4);
  await third;
  await waiters.until(4);
  expect(served).toEqual([3]);
  waiters.advance(5);
  await fifth;
  expect(served).toEqual([3, 5]);
});

test('dropping ends every wait', async () => {
  const waiters = createWaiters();
  const waiting = [waiters.until(1), waiters.until(2)];
  waiters.drop(over);
  for (const wait of waiting) await expect(wait).rejects.toBe(over);
});

test('a job that comes after the drop is refused at once, but for entries that are applied', async () => {
  const waiters = createWaiters();
  waiters.advance(7);
  waiters.drop(over);
  await expect(waiters.until(8)).rejects.toBe(over);
  await waiters.until(7);
});
