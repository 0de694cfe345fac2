/** Puts a learner together: layout, shared memory, kernel, parameters, and the engine that was asked for. */
import type { CustomTypes } from '@freshet/shared/domain/event';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { chooseEngine, type Decision } from '../engine/choose.js';
import { createEngine } from '../engine/create.js';
import { compileKernel, createExaminer, openKernel } from '../engine/kernel.js';
import type { EngineName } from '../engine/names.js';
import type { GradientEngine, RoundOutcome } from '../engine/port.js';
import { createMemory, planLayout } from '../parameters/layout.js';
import { createParameters } from '../parameters/parameters.js';
import { RATERS } from '@freshet/shared/domain/tables';
import { createRatingLearner } from '../ratings/rating-learner.js';
import { buildLearner, type LearnerParts } from './learner.js';
import type { Learner } from './port.js';
import { createReplayBuffer } from './replay-buffer.js';
import { createVocabulary } from './vocabulary.js';

export interface CreateLearnerOptions {
  readonly model: ModelConfig;
  /** Training threads; 0 trains on the calling thread. */
  readonly threads: number;
  readonly engine: EngineName;
  /** Rows of the item table. */
  readonly maxItems: number;
  /** Rows of the word table; default none: texts teach nothing. */
  readonly maxWords?: number;
  /** Items may be negatives and be ranked from their first event on. */
  readonly trustedItems: boolean;
  readonly publish?: 'significant' | 'all';
  /** Whether follow counts halve with time (domain/tables); default true. */
  readonly decay?: boolean;
  /** Event types of the shop's own, with their weights; default none. */
  readonly customTypes?: CustomTypes;
  /** Told what `auto` stands for. */
  readonly onChoice?: (decision: Decision) => void;
  /** Days after his last rating in which a shopper's are forgotten. */
  readonly raterDays?: number;
  /** Gradients are left to somebody else: events are folded and counted, and move no row (the strategy `full`). */
  readonly hold?: boolean;
}

const RATER_DAYS = 400;

export async function createLearner(options: CreateLearnerOptions): Promise<Learner> {
  const parts = await assembleLearner(options);
  return buildLearner(options.hold === true ? { ...parts, engine: heldEngine(parts.engine) } : parts);
}

function heldEngine({ close }: GradientEngine): GradientEngine {
  const nothing: RoundOutcome = { lossSum: 0, lossExamples: 0, examples: 0, refused: [], abandoned: [] };
  return { run: () => Promise.resolve(nothing), close };
}

/** The parts, for whoever needs a learner with another engine around the same memory (epochs/fit). */
export async function assembleLearner(options: CreateLearnerOptions): Promise<LearnerParts> {
  const { model, threads, maxItems, maxWords = 0, trustedItems } = options;
  const layout = planLayout({ model, maxItems, maxWords, threads });
  const memory = createMemory(layout);
  const module = compileKernel();
  const kernel = openKernel(module, memory);
  const examiner = createExaminer(kernel, layout, memory);
  const parameters = createParameters(layout, memory, examiner);
  const engine = await createEngine({ module, kernel, parameters }, { engine: await engineOf(options), threads });
  const { publish = 'significant', customTypes = {}, decay = true, raterDays = RATER_DAYS } = options;
  const ratings = createRatingLearner({ seed: model.seed, itemRows: layout.rows, raters: RATERS, forgetDays: raterDays });
  const replay = createReplayBuffer(parameters.examples, layout.freshSlots, model);
  return { model, parameters, ratings, engine, examiner, replay, vocabulary: createVocabulary(), decay, trustedItems, publish, customTypes, close: () => engine.close() };
}

async function engineOf({ engine, model, threads, onChoice }: CreateLearnerOptions): Promise<Exclude<EngineName, 'auto'>> {
  if (engine !== 'auto') return engine;
  const decision = await chooseEngine(model, threads);
  onChoice?.(decision);
  return decision.engine;
}
