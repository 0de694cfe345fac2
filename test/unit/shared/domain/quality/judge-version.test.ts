/** Whether kept windows speak against a version: with figures that are known, and with chance in them. */
import type { JudgedWindow } from '@freshet/shared/domain/quality/judge-windows';
import { judgeVersion } from '@freshet/shared/domain/quality/judge-version';
import { randomUnit } from '@freshet/shared/domain/random';
import { describe, expect, it } from 'vitest';

interface Ratios {
  readonly model: number;
  readonly popularity: number;
}

/** `count` windows of `tested` events, each hit by chance with its ratio. */
function windows(count: number, tested: number, { model, popularity }: Ratios, seed = 1): JudgedWindow[] {
  const hits = (ratio: number, window: number, who: number): number => Array.from({ length: tested }, (_, n) => randomUnit(seed, 2 * window + who, n)).filter((draw) => draw < ratio).length;
  return Array.from({ length: count }, (_, window) => ({ tested, hits10: hits(model, window, 0), ndcg10: 0, popularityHits10: hits(popularity, window, 1), followHits10: 0 }));
}

const codes = (version: readonly JudgedWindow[], serving: readonly JudgedWindow[]): readonly string[] => judgeVersion({ version, serving }, { seed: 1 }).refusals.map(({ code }) => code);

describe('a version', () => {
  const serving = windows(60, 100, { model: 0.4, popularity: 0.1 }, 2);

  it('passes when it predicted as well or better, and is refused when it predicted worse, with the figures of both', () => {
    expect(codes(windows(60, 100, { model: 0.4, popularity: 0.1 }), serving)).toEqual([]);
    expect(codes(windows(60, 100, { model: 0.5, popularity: 0.1 }), serving)).toEqual([]);
    const { refusals, version } = judgeVersion({ version: windows(60, 100, { model: 0.25, popularity: 0.1 }), serving }, { seed: 1 });
    expect(refusals.map(({ code }) => code)).toEqual(['worse']);
    expect(refusals[0]?.message).toMatch(/^HR@10 0\.2\d+ where popularity had 0\.\d+ \(6000 events\), against HR@10 0\.\d+ where popularity had 0\.\d+ \(6000 events\)$/);
    expect(version.events).toBe(6_000);
  });

  it('is held against popularity on its own events: a time that was harder for everybody is no fault of its', () => {
    expect(codes(windows(60, 100, { model: 0.6, popularity: 0.3 }), windows(60, 100, { model: 0.5, popularity: 0.1 }, 2))).toEqual(['worse']);
    expect(codes(windows(60, 100, { model: 0.3, popularity: 0.01 }), windows(60, 100, { model: 0.5, popularity: 0.22 }, 2))).toEqual([]);
  });

  it('that loses to popularity is refused for that, whatever answers', () => {
    expect(codes(windows(60, 100, { model: 0.05, popularity: 0.1 }), [])).toEqual(['below_popularity']);
    expect(codes(windows(60, 100, { model: 0.05, popularity: 0.1 }), serving)).toEqual(['worse', 'below_popularity']);
    expect(codes(windows(60, 100, { model: 0.11, popularity: 0.1 }), [])).toEqual([]);
  });

  it('passes where too little is known of it, or of what answers', () => {
    const bad = { model: 0.05, popularity: 0.1 };
    expect(codes([], serving)).toEqual([]);
    expect(codes(windows(60, 16, bad), serving)).toEqual([]);
    expect(codes(windows(9, 200, bad), serving)).toEqual([]);
    expect(codes(windows(60, 100, { model: 0.2, popularity: 0.1 }), windows(9, 200, { model: 0.4, popularity: 0.1 }))).toEqual([]);
  });

  it('of the same quality is refused by chance seldom', () => {
    let refused = 0;
    for (let seed = 0; seed < 100; seed++) refused += codes(windows(30, 60, { model: 0.3, popularity: 0.1 }, 10 + seed), windows(30, 60, { model: 0.3, popularity: 0.1 }, 1_000 + seed)).length;
    expect(refused).toBeLessThanOrEqual(12);
  });

  it('is judged the same each time', () => {
    const version = windows(40, 50, { model: 0.25, popularity: 0.1 });
    expect(judgeVersion({ version, serving }, { seed: 3 })).toEqual(judgeVersion({ version, serving }, { seed: 3 }));
  });
});
