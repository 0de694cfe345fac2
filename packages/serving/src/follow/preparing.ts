/**
 * A refit's candidate that is about to be promoted, loaded and tried before it is: then the promotion is the rows of one delta and a swap, and no
 * version waits behind it until a whole model has been read (docs/decisions/013).
 *
 * 1. Nothing depends on it: a promoted candidate that isn't here is loaded by its snapshot.
 * 2. Which version a candidate has become is what the stored refit says; a model is handed out for that version alone, and once.
 * 3. As the refit wrote it, it has passed every check of a model that is loaded aside; the promotion's own rows are checked as any delta's. One that doesn't pass, is refused
 *    meanwhile, or was passed by gives its table set back.
 * 4. A promotion that isn't its own doesn't wait for a candidate that is being loaded.
 */
import type { Delta } from '@freshet/shared/codec/delta';
import { CorruptionError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import { applyInTurns, loadCandidate } from '@freshet/shared/model/load';
import type { Candidate, CandidateStore } from '@freshet/shared/ports/candidates';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { Probation, ProbationFigures } from '../probation/probation.js';
import type { TableSet } from '../store/table-set.js';
import { checked, fillAside, type FillParts, timedChunks } from './load-aside.js';
import type { ModelMetrics } from './model-metrics.js';
import type { ModelView } from './model-view.js';
import { examine } from './rebuild.js';
import { createTurns } from './turns.js';

export interface Prepared {
  /** As the candidate was written. The promotion's delta belongs on it. */
  readonly set: TableSet;
  readonly figures: ProbationFigures;
}

export interface Preparing {
  /** Looks for a candidate that is to be promoted, and loads it. */
  step(): Promise<void>;
  /** The model that this version begins with, if it is here. Waits for one that is being loaded. */
  take(version: number): Promise<Prepared | undefined>;
}

export interface PreparingParts extends FillParts {
  readonly refits: Pick<RefitLog, 'underWay' | 'find'>;
  readonly candidates: Pick<CandidateStore, 'chunks'>;
  readonly probation: Probation;
  readonly metrics: Pick<ModelMetrics, 'stalled' | 'refused'>;
  readonly newest: () => ModelView;
  readonly log: Logger;
  /** Ends a load. */
  readonly signal: AbortSignal;
}

/** A refit whose candidate is written. */
interface Due {
  readonly refit: number;
  readonly candidate: Candidate;
  /** The newest entry that it has learned. */
  readonly applied: number;
}

interface State {
  held: (Due & Prepared) | undefined;
  /** What is being loaded, and when that is over, one way or the other. */
  coming: Due | undefined;
  loading: Promise<void>;
  /** The candidate that is not (again) to be loaded: it could not be read, or was handed out. */
  done: string | undefined;
}

export function createPreparing(parts: PreparingParts): Preparing {
  const state: State = { held: undefined, coming: undefined, loading: Promise.resolve(), done: undefined };
  return {
    async step() {
      const due = await look(parts, state);
      if (due === undefined) return;
      const loaded = load(parts, state, due);
      // Whoever waits with `take` only wants to know that it is over.
      state.loading = loaded.catch(() => undefined);
      await loaded;
    },
    async take(version) {
      const due = state.held ?? state.coming;
      const refit = due === undefined ? undefined : await parts.refits.find(due.refit);
      if (refit?.version !== version) return undefined;
      await state.loading;
      const { held } = state;
      if (held?.refit !== due?.refit || held === undefined) return undefined;
      state.held = undefined;
      state.done = held.candidate.id;
      return held;
    },
  };
}

/** What is to be loaded now. What is held and comes to nothing is dropped. */
async function look(parts: PreparingParts, state: State): Promise<Due | undefined> {
  const due = await findDue(parts);
  const { held } = state;
  if (held !== undefined && held.candidate.id !== due?.candidate.id && !(await isComing(parts, held))) drop(parts, state, held);
  return due === undefined || state.held !== undefined || state.done === due.candidate.id ? undefined : due;
}

/** Rejects with what may be otherwise when it is tried again. */
async function load(parts: PreparingParts, state: State, due: Due): Promise<void> {
  state.coming = due;
  try {
    state.held = { ...due, ...(await prepare(parts, due)) };
  } catch (thrown) {
    if (parts.signal.aborted) return;
    if (!(thrown instanceof CorruptionError)) throw thrown;
    state.done = due.candidate.id;
    parts.metrics.refused(thrown.code);
    parts.log.warn('a candidate could not be loaded before its promotion', { refit: due.refit, code: thrown.code, error: thrown.message });
  } finally {
    state.coming = undefined;
  }
}

async function findDue({ refits }: PreparingParts): Promise<Due | undefined> {
  const refit = await refits.underWay();
  if (refit?.state !== 'ready' || refit.candidate === undefined) return undefined;
  return { refit: refit.id, candidate: refit.candidate, applied: refit.report?.applied ?? 0 };
}

/** Promoted as a version that the follower hasn't come to yet. */
async function isComing({ refits, newest }: PreparingParts, { refit, candidate }: Due): Promise<boolean> {
  const found = await refits.find(refit);
  if (found?.candidate?.id !== candidate.id) return false;
  return found.state === 'ready' || (found.version ?? 0) > newest().position.version;
}

function drop({ pool }: PreparingParts, state: State, held: Due & Prepared): void {
  if (state.held !== held) return;
  state.held = undefined;
  pool.give(held.set);
}

/** Whatever fails, its table set goes back to the pool. */
async function prepare(parts: PreparingParts, { candidate, applied }: Due): Promise<Prepared> {
  const { candidates, newest } = parts;
  const { set } = await fillAside(parts, async (sink, { begin, rest }) => {
    await loadCandidate({ chunks: (one) => timedChunks(candidates.chunks(one), begin) }, candidate, { sink, rest });
    return { applied };
  });
  const { figures } = await examine(parts, { ...newest(), set }, newest);
  return { set, figures };
}

/** The promotion's own rows over the candidate's. Whatever fails, the table set goes back to the pool. */
export async function writePromotion({ pool, metrics, configHash }: Pick<FillParts, 'pool' | 'configHash' | 'metrics'>, set: TableSet, delta: Delta): Promise<void> {
  try {
    const sink = checked(set, configHash);
    sink.accept?.(delta.header);
    const turns = createTurns(metrics.stalled);
    await applyInTurns(delta, sink, turns.rest);
    turns.done();
  } catch (thrown) {
    pool.give(set);
    throw thrown;
  }
}
