/**
 * The trainer's two learners: the live one, and a spare one that a candidate is loaded into. A promotion makes them change places,
 * so their shared memories are reused and never dropped (a dropped one is collected late). The spare one is made when it is first
 * needed; from then on the trainer holds two models.
 */
import { setImmediate } from 'node:timers/promises';
import type { Learner } from '../learner/port.js';

export interface Learners {
  readonly live: Learner;
  /** Empty. */
  takeSpare(): Promise<Learner>;
  /** The spare one is live from now on. */
  swap(): void;
  close(): Promise<void>;
}

export async function createLearners(make: () => Promise<Learner>): Promise<Learners> {
  let live = await make();
  let spare: Learner | undefined;
  return {
    get live() {
      return live;
    },
    async takeSpare() {
      spare ??= await make();
      await spare.reset(setImmediate);
      return spare;
    },
    swap() {
      if (spare === undefined) throw new TypeError('there is no spare learner');
      [live, spare] = [spare, live];
    },
    async close() {
      await Promise.all([live.close(), spare?.close()]);
    },
  };
}
