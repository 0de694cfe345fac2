/** What the trainer's loop and a replay ask of the learner. */
import type { RoundSizes, TableRows, VocabularyEntry } from '@freshet/shared/codec/delta';
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import type { LogEvent } from '@freshet/shared/domain/event';
import type { ItemWord } from '@freshet/shared/domain/words';
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { Histories } from '@freshet/shared/domain/histories';
import type { TableName } from '@freshet/shared/domain/tables';
import type { ModelSink } from '@freshet/shared/ports/model-sink';
import type { RatingErrors } from '@freshet/shared/domain/ratings/errors';
import type { FloorHits } from '../parameters/floors.js';

/** An event and its place in the log. */
export interface LearnerEvent {
  readonly event: LogEvent;
  readonly seq: number;
  readonly index: number;
}

export interface RoundOptions {
  /** Whether to rank this event's item before learning it. */
  readonly evaluate?: (event: LearnerEvent) => boolean;
  /** Leave the shopper's own past items out of the ranking. */
  readonly excludeSeen?: boolean;
  /** How many of the best-ranked items to name beside each rank. */
  readonly collectTop?: number;
  /** Also tells whether the floors would have hit (parameters/floors). */
  readonly floors?: boolean;
  /** R and K of this round; default the model's, and never more (budget/budget). */
  readonly sizes?: RoundSizes | undefined;
}

export interface Ranked {
  /** Position of the event in the round. */
  readonly index: number;
  /** 1 = best; Infinity when the item had never been seen. */
  readonly rank: number;
  readonly top?: readonly string[];
  readonly floors?: FloorHits;
}

export interface ExamineOptions {
  /** Whether to rank this event's item; default all. */
  readonly evaluate?: (event: LearnerEvent) => boolean;
  /** Leave the shopper's own past items out of the ranking, but for the target itself. */
  readonly excludeSeen?: boolean;
  /** How many of the best-ranked of all items to name beside each rank. */
  readonly collectTop?: number;
  /** Rank the event's item among these only (names, without its own); default all eligible items. */
  readonly among?: (event: LearnerEvent) => readonly string[];
  /** Fold the events into the histories; default true. */
  readonly remember?: boolean;
}

export interface Examined extends Omit<Ranked, 'floors'> {
  /** How many items were ranked, the target one of them. */
  readonly among: number;
}

export interface Refused {
  readonly index: number;
  readonly reason: string;
}

/** What a round's examples were. */
export interface Spent {
  /** New ones of events, from the replay buffer, of texts. */
  readonly fresh: number;
  readonly replayed: number;
  readonly texts: number;
  /** Replays that the model's R asks for and the round's sizes didn't have. */
  readonly shed: number;
  /** New ones of frequent classes that were left to the replay buffer (learner/balance). */
  readonly undersampled: number;
}

export interface RoundReport {
  /** Examples trained, replayed ones included. */
  readonly examples: number;
  readonly spent: Spent;
  /**
   * New examples of events, each an item predicted from items, and their mean loss before their step, without weights: no refusals, no words,
   * nothing replayed. So it says how well the model predicts, and not what kinds of events there were or how much was replayed.
   */
  readonly lossExamples: number;
  readonly loss: number;
  readonly ranks: readonly Ranked[];
  /** Milliseconds that ranking took. */
  readonly rankMs: number;
  /** Ratings that were predicted before they were learned; absent when there were none. */
  readonly ratings?: RatingErrors;
  /** Events that could not be learned: they change nothing. */
  readonly refused: readonly Refused[];
}

export interface ItemWords {
  readonly item: string;
  readonly words: readonly ItemWord[];
}

/** What must be published since the last cut: absolute rows, copied. */
export interface Cut {
  readonly vocabulary: readonly VocabularyEntry[];
  readonly tables: readonly TableRows[];
}

export interface Learner {
  /** Folds, ranks and learns events in log order, as one round of micro-batches. */
  round(events: readonly LearnerEvent[], options?: RoundOptions): Promise<RoundReport>;
  /** Folds entries in log order: catalogue changes, then one round over all their events. */
  learn(entries: readonly LogEntry[], options?: RoundOptions): Promise<RoundReport>;
  /** Folds entries into the histories and the items' texts only: the log between the checkpoint and what the model has learned. */
  remember(entries: readonly LogEntry[]): void;
  /**
   * Ranks events as the model stands and folds them into the histories only: nothing is learned or counted. An event whose
   * shopper has no history has no rank. Never call it while a round runs.
   */
  examine(events: readonly LearnerEvent[], options?: ExamineOptions): Examined[];
  /** The same of an item as the checkpoint has it. */
  recall(document: ItemDocument): void;
  /** Everybody's history as folded so far; another one after `reset`. */
  histories(): Histories;
  /** Works with another learner's histories from now on, until `reset`: folding an event again is harmless. */
  adopt(histories: Histories): void;
  /** The latest moment heard of, milliseconds since 1970. */
  now(): number;
  /** The words of each item that has any, by name. */
  itemWords(): Iterable<ItemWords>;
  /** Takes another learner's, of the items and words that are known here; `rest` as with `reset`. */
  adoptWords(from: Iterable<ItemWords>, rest?: () => Promise<void>): Promise<void>;
  /** Makes the row of every untouched item anew from its words: they have learned while nothing was refreshed. */
  refreshTexts(): void;
  /** Everything, slice by slice (learner/whole). */
  whole(): Iterable<Cut>;
  /** `elapsedMs`: since the last cut, for the byte budget. */
  cut(elapsedMs?: number): Cut;
  /** Rows as they are now (a copy): what a cut named may be read again later. */
  read(table: TableName, ids: Uint32Array): TableRows;
  /** Where a published model is loaded into, after `reset`. */
  readonly sink: ModelSink;
  /** Forgets everything. `rest`, if given, is awaited between parts, and nothing else may be asked for meanwhile. */
  reset(rest?: () => Promise<void>): Promise<void>;
  /** Item rows in use. */
  rows(): number;
  /** Word rows in use. */
  words(): number;
  close(): Promise<void>;
}
