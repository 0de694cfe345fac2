/**
 * A round in the making: the examples written so far, where each came from, and what was found on the way.
 * `batchesOf` lays out its micro-batches: B new examples each, every one followed by R times as many from the replay buffer.
 */
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import type { RatingErrors } from '@freshet/shared/domain/ratings/errors';
import { random32 } from '@freshet/shared/domain/random';
import type { MicroBatch } from '../engine/port.js';
import type { LearnerEvent, Ranked, Refused } from './port.js';
import type { ReplayBuffer } from './replay-buffer.js';

export interface Draft {
  readonly ranks: Ranked[];
  readonly refused: Refused[];
  ratings: RatingErrors | undefined;
  /** For each new example, in the order of its slot: the event and its position in the round. */
  readonly sources: { readonly index: number; readonly place: LearnerEvent }[];
  examples: number;
  lossSum: number;
  rankMs: number;
}

export function emptyDraft(): Draft {
  return { ranks: [], refused: [], ratings: undefined, sources: [], examples: 0, lossSum: 0, rankMs: 0 };
}

/** Keeps the new examples in the replay buffer, then draws from it: what is drawn depends on (seed, seq, index) alone. */
export function batchesOf({ sources }: Draft, model: ModelConfig, replay: ReplayBuffer): MicroBatch[] {
  const batches: MicroBatch[] = [];
  for (let slot = 0; slot < sources.length; slot++) replay.keep(slot);
  for (let first = 0; first < sources.length; first += model.batch) {
    const count = Math.min(model.batch, sources.length - first);
    const place = sources[first]?.place;
    const seedA = random32(model.seed, (place?.seq ?? 0) >>> 0, place?.index ?? 0);
    batches.push({ seedA, seedB: 0, examples: Array.from({ length: count }, (_, k) => first + k) });
    let wanted = Math.round(count * model.replay);
    for (let turn = 1; wanted > 0; turn++, wanted -= model.batch) {
      const examples = replay.draw(Math.min(wanted, model.batch), seedA, turn);
      if (examples.length > 0) batches.push({ seedA, seedB: turn, examples, denseHeld: true });
    }
  }
  return batches;
}
