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

export interface Source {
  readonly slot: number;
  readonly index: number;
  readonly place: LearnerEvent;
}

export interface Draft {
  readonly ranks: Ranked[];
  readonly refused: Refused[];
  ratings: RatingErrors | undefined;
  /** Slots taken by new examples. */
  slots: number;
  /** The examples of events: the slot, the event and its position in the round. */
  readonly sources: Source[];
  /** The examples of texts: the slot, and where in the log they came from. */
  readonly texts: { readonly slot: number; readonly seq: number; readonly index: number }[];
  examples: number;
  lossSum: number;
  rankMs: number;
}

export function emptyDraft(): Draft {
  return { ranks: [], refused: [], ratings: undefined, slots: 0, sources: [], texts: [], examples: 0, lossSum: 0, rankMs: 0 };
}

/** Keeps the new examples in the replay buffer, then draws from it: what is drawn depends on (seed, seq, index) alone. */
export function batchesOf({ sources, texts }: Draft, { model, keepTexts = false }: { readonly model: ModelConfig; readonly keepTexts?: boolean }, replay: ReplayBuffer): MicroBatch[] {
  const batches: MicroBatch[] = [];
  for (const { slot } of keepTexts ? [...sources, ...texts] : sources) replay.keep(slot);
  for (let first = 0; first < sources.length; first += model.batch) {
    const part = sources.slice(first, first + model.batch);
    const place = part[0]?.place;
    const seedA = random32(model.seed, (place?.seq ?? 0) >>> 0, place?.index ?? 0);
    batches.push({ seedA, seedB: 0, examples: part.map(({ slot }) => slot) });
    let wanted = Math.round(part.length * model.replay);
    for (let turn = 1; wanted > 0; turn++, wanted -= model.batch) {
      const examples = replay.draw(Math.min(wanted, model.batch), seedA, turn);
      if (examples.length > 0) batches.push({ seedA, seedB: turn, examples, denseHeld: true });
    }
  }
  for (let first = 0; first < texts.length; first += model.batch) {
    const part = texts.slice(first, first + model.batch);
    const seedA = random32(model.seed, (part[0]?.seq ?? 0) >>> 0, part[0]?.index ?? 0);
    batches.push({ seedA, seedB: TEXTS, examples: part.map(({ slot }) => slot), denseHeld: true });
  }
  return batches;
}

/** In place of a turn of the replay buffer: other negatives than those of the events at the same place. */
const TEXTS = 0x7e87;
