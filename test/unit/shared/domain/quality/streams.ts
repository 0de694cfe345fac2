/**
 * Seeded streams with a known change at CHANGE_AT, and what a detector makes of them. Uniform numbers and sums of them only,
 * so that figures are the same on every machine.
 */
import type { DriftDetector } from '@freshet/shared/domain/quality/drift';
import { createDriftWatch, type WatchedWindow } from '@freshet/shared/domain/quality/drift-watch';
import { randomUnit } from '@freshet/shared/domain/random';

const LENGTH = 20_000;
const CHANGE_AT = 10_000;
const GRADUAL = 5_000;

export type Shape = 'abrupt' | 'gradual' | 'none';

/** How far the change has gone at value `t`: 0 before, 1 after. */
function progress(shape: Shape, t: number, at = CHANGE_AT): number {
  if (shape === 'none' || t < at) return 0;
  return shape === 'abrupt' ? 1 : Math.min(1, (t - at) / GRADUAL);
}

/** Hit or miss; the hit ratio goes from .4 to .4 − `by`. */
export function* hits(shape: Shape, by: number, seed: number): Generator<number> {
  for (let t = 0; t < LENGTH; t++) yield randomUnit(seed, t, 0) < 0.4 - by * progress(shape, t) ? 1 : 0;
}

/** Mean losses of standard deviation .25 around 4, which rise by `by`; nearly normal: a sum of twelve uniform numbers. */
export function* losses(shape: Shape, by: number, seed: number): Generator<number> {
  for (let t = 0; t < LENGTH; t++) {
    let noise = -6;
    for (let k = 0; k < 12; k++) noise += randomUnit(seed, t, k);
    yield 4 + by * progress(shape, t) + 0.25 * noise;
  }
}

/** The same as windows of 100 events for the trainer's watch, which knows what is usual after 15,000: 80,000 events, the change at 40,000. */
export function* hitWindows(shape: Shape, by: number, seed: number): Generator<WatchedWindow> {
  for (let w = 0; w < 800; w++) {
    let hits10 = 0;
    for (let t = 100 * w; t < 100 * (w + 1); t++) if (randomUnit(seed, t, 0) < 0.4 - by * progress(shape, t, WATCH_CHANGE_AT)) hits10++;
    yield { toSeq: 100 * (w + 1), endedAt: 0, tested: 100, hits10, examples: 0, loss: 0 };
  }
}

const WATCH_CHANGE_AT = 40_000;

export function watchWindows(windows: Iterable<WatchedWindow>, shape: Shape): Detection {
  const watch = createDriftWatch();
  let falseAlarms = 0;
  for (const window of windows) {
    if (watch.observe(window).length === 0) continue;
    if (shape !== 'none' && window.toSeq > WATCH_CHANGE_AT) return { falseAlarms, delay: window.toSeq - WATCH_CHANGE_AT };
    falseAlarms++;
  }
  return { falseAlarms, delay: undefined };
}

export interface Detection {
  /** Alarms before the change (all of them where there is none). */
  readonly falseAlarms: number;
  /** Values from the change to the first alarm after it. */
  readonly delay: number | undefined;
}

export function watch(detector: DriftDetector, values: Iterable<number>, shape: Shape): Detection {
  let falseAlarms = 0;
  let t = 0;
  for (const value of values) {
    if (detector.add(value) !== undefined) {
      if (shape !== 'none' && t >= CHANGE_AT) return { falseAlarms, delay: t - CHANGE_AT };
      falseAlarms++;
    }
    t++;
  }
  return { falseAlarms, delay: undefined };
}
