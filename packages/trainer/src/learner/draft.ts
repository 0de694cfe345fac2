/**
 * A round in the making: the examples written so far, where each came from, and what was found on the way.
 * `planRound` lays out its micro-batches: B new examples each, every one followed by R times as many from the replay buffer.
 */
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import type { RatingErrors } from '@freshet/shared/domain/ratings/errors';
import { random32, randomUnit } from '@freshet/shared/domain/random';
import type { MicroBatch } from '../engine/port.js';
import type { LearnerEvent, Ranked, Refused, Spent } from './port.js';
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
  lossExamples: number;
  rankMs: number;
  spent: Spent;
}

export const NOTHING_SPENT: Spent = { fresh: 0, replayed: 0, texts: 0, shed: 0, undersampled: 0 };

export function emptyDraft(): Draft {
  return { ranks: [], refused: [], ratings: undefined, slots: 0, sources: [], texts: [], examples: 0, lossSum: 0, lossExamples: 0, rankMs: 0, spent: NOTHING_SPENT };
}

/** A round's micro-batches, and what their examples are. */
export interface Plan {
  readonly batches: readonly MicroBatch[];
  readonly spent: Spent;
}

export interface PlanOptions {
  readonly model: ModelConfig;
  readonly keepTexts?: boolean;
  /** R; default the model's. */
  readonly ratio?: number | undefined;
}

/** Keeps the new examples in the replay buffer, then draws from it: what is drawn depends on (seed, seq, index) alone. */
export function planRound(draft: Pick<Draft, 'sources' | 'texts'>, { model, keepTexts = false, ratio = model.replay }: PlanOptions, replay: ReplayBuffer): Plan {
  for (const { slot, place } of draft.sources) replay.keep(slot, place.event.type);
  if (keepTexts) for (const { slot } of draft.texts) replay.keep(slot, '');
  const fresh = draft.sources.filter((source) => isTrained(source, model.seed, replay));
  const batches: MicroBatch[] = [];
  let shed = 0;
  for (let first = 0; first < fresh.length; first += model.batch) {
    const part = fresh.slice(first, first + model.batch);
    const place = part[0]?.place;
    const seedA = random32(model.seed, (place?.seq ?? 0) >>> 0, place?.index ?? 0);
    batches.push({ seedA, seedB: 0, examples: part.map(({ slot }) => slot) });
    let wanted = Math.round(part.length * ratio);
    shed += Math.round(part.length * model.replay) - wanted;
    for (let turn = 1; wanted > 0; turn++, wanted -= model.batch) {
      const examples = replay.draw(Math.min(wanted, model.batch), seedA, turn);
      if (examples.length > 0) batches.push({ seedA, seedB: turn, examples, denseHeld: true, untold: true });
    }
  }
  const replayed = batches.reduce((sum, { examples }) => sum + examples.length, -fresh.length);
  batches.push(...textBatches(draft.texts, model));
  return { batches, spent: { fresh: fresh.length, replayed, texts: draft.texts.length, shed, undersampled: draft.sources.length - fresh.length } };
}

export function sumSpent(a: Spent, b: Spent): Spent {
  return { fresh: a.fresh + b.fresh, replayed: a.replayed + b.replayed, texts: a.texts + b.texts, shed: a.shed + b.shed, undersampled: a.undersampled + b.undersampled };
}

function isTrained({ slot, place }: Source, seed: number, replay: ReplayBuffer): boolean {
  const chance = replay.chance(slot, place.event.type);
  return chance >= 1 || randomUnit(seed ^ UNDERSAMPLE, place.seq >>> 0, place.index) < chance;
}

function textBatches(texts: Draft['texts'], model: ModelConfig): MicroBatch[] {
  const batches: MicroBatch[] = [];
  for (let first = 0; first < texts.length; first += model.batch) {
    const part = texts.slice(first, first + model.batch);
    const seedA = random32(model.seed, (part[0]?.seq ?? 0) >>> 0, part[0]?.index ?? 0);
    batches.push({ seedA, seedB: TEXTS, examples: part.map(({ slot }) => slot), denseHeld: true, untold: true });
  }
  return batches;
}

/** Keeps the draw of what is trained apart from all others. */
const UNDERSAMPLE = 0x756e_6472;
/** In place of a turn of the replay buffer: other negatives than those of the events at the same place. */
const TEXTS = 0x7e87;
