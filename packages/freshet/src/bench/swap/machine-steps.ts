/**
 * What the machine alone does to a step: a fixed amount of work, as long as a swap's usual step, timed as often, a turn of the event
 * loop each. Where other programs want the cores its tail is theirs, and a swap's tail must be read beside it.
 */
import { setImmediate } from 'node:timers/promises';

const CALIBRATIONS = 20;

/** Milliseconds that each of `count` steps took; `usualMs`: what one should take on a free core. */
export async function timeMachineSteps(usualMs: number, count: number): Promise<number[]> {
  const loops = calibrate(usualMs);
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    await setImmediate();
    took.push(timed(loops));
  }
  return took;
}

/** Additions that take `usualMs`, by the quickest of some trials. */
function calibrate(usualMs: number): number {
  const trial = 100_000;
  const quickest = Math.min(...Array.from({ length: CALIBRATIONS }, () => timed(trial)));
  return Math.max(1, Math.round((trial * usualMs) / Math.max(quickest, 1e-3)));
}

function timed(loops: number): number {
  const began = performance.now();
  let sum = 0;
  for (let i = 0; i < loops; i++) sum += Math.sqrt(i);
  // Looked at, so that the loop isn't left out.
  return sum < 0 ? 0 : performance.now() - began;
}
