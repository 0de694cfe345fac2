/** The drifts of a replay. */
import { randomUnit } from '@freshet/shared/domain/random';
import { createDriftTally } from 'freshet/replay/drifts';
import { describe, expect, it } from 'vitest';

/** A round of 32 events, a share of which are hits. */
function round(share: number, n: number) {
  return { lossExamples: 64, loss: 4, ranks: Array.from({ length: 32 }, (_, index) => ({ index, rank: randomUnit(1, n, index) < share ? 3 : 50 })) };
}

describe('the drifts of a replay', () => {
  it('are those that the trainer’s windows would have shown, with how many events had been learned', () => {
    const tally = createDriftTally();
    for (let n = 0; n < 1_000; n++) tally.add(round(n < 700 ? 0.5 : 0.3, n), 32 * (n + 1));
    expect(tally.found.length).toBeGreaterThan(0);
    expect(tally.found[0]).toMatchObject({ signal: 'hit_ratio' });
    expect(tally.found[0]?.after_events).toBeGreaterThan(700 * 32);
    expect(tally.found[0]?.after_events).toBeLessThan(850 * 32);
  });

  it('are none on a steady stream, and events that only teach are no window', () => {
    const tally = createDriftTally();
    for (let n = 0; n < 300; n++) tally.add({ lossExamples: 64, loss: 9, ranks: [] }, 32 * n);
    for (let n = 0; n < 1_000; n++) tally.add(round(0.4, n), 32 * n);
    expect(tally.found).toEqual([]);
  });
});
