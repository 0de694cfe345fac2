import { createProbeCount, MOST_PROBES } from '@freshet/serving/retrieval/probe-count';
import { randomUnit } from '@freshet/shared/domain/random';
import { expect, test } from 'vitest';

/** Recall of 20 when so many lists are read: a shop that needs `needed` for .99. */
function sample(needed: number, count: number, draw: number): number {
  const expected = 1 - 0.01 * (needed / count) ** 2;
  let hits = 0;
  for (let i = 0; i < 20; i++) hits += randomUnit(7, draw, i) < expected ? 1 : 0;
  return hits / 20;
}

test.each([20, 40, 90, 180])('it settles near what a shop needs: %i lists', (needed) => {
  const probes = createProbeCount();
  let recall = 0;
  for (let draw = 0; draw < 4_000; draw++) {
    const one = sample(needed, probes.count, draw);
    if (draw >= 2_000) recall += one;
    probes.measured(one);
  }
  expect(recall / 2_000).toBeGreaterThan(0.985);
  expect(probes.count).toBeLessThan(2.5 * needed);
});

test('it stays within its limits, whatever is measured, and begins anew with an empty table', () => {
  const probes = createProbeCount();
  const first = probes.count;
  for (let i = 0; i < 1_000; i++) probes.measured(0);
  expect(probes.count).toBe(MOST_PROBES);
  for (let i = 0; i < 10_000; i++) probes.measured(1);
  expect(probes.count).toBe(16);
  probes.reset();
  expect(probes.count).toBe(first);
});
