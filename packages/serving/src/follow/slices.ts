/** Long work in slices, so that requests are answered in between. */
import { setImmediate } from 'node:timers/promises';

/** How long a follower may hold the event loop in one go. */
const SLICE_MS = 4;

export interface Slices {
  /** Gives way to requests when the slice is used up. */
  rest(): Promise<void>;
}

export function createSlices(): Slices {
  let started = performance.now();
  return {
    async rest() {
      if (performance.now() - started < SLICE_MS) return;
      await setImmediate();
      started = performance.now();
    },
  };
}
