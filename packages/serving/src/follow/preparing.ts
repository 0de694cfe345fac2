/**
 * A refit's candidate that is about to be promoted, loaded and tried before it is: then the promotion is the rows of one delta and a swap, and no
 * version waits behind it until a whole model has been read (docs/decisions/013).
 *
 * 1. Nothing depends on it: a promoted candidate that isn't here is loaded by its snapshot.
 * 2. Which version a candidate has become is what the stored refit says; a model is handed out for that version alone, and once.
 * 3. It has passed every check of a model that is loaded aside. One that doesn't pass, is refused meanwhile, or was passed by gives its table set back.
 */
import type { Delta } from '@freshet/shared/codec/delta';
import { CorruptionError, toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import { applyInTurns, loadCandidate } from '@freshet/shared/model/load';
import type { Candidate, CandidateStore } from '@freshet/shared/ports/candidates';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { Probation, ProbationFigures } from '../probation/probation.js';
import type { TablePool } from '../store/table-pool.js';
import type { TableSet } from '../store/table-set.js';
import { checkConfig } from './check-config.js';
import { checked } from './load-aside.js';
import type { ModelMetrics } from './model-metrics.js';
import type { ModelView } from './model-view.js';
import { createTurns } from './turns.js';
import { type KnownItems, verifySet } from './verify-set.js';

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

export interface PreparingParts {
  readonly refits: Pick<RefitLog, 'underWay' | 'find'>;
  readonly candidates: Pick<CandidateStore, 'chunks'>;
  readonly pool: Pick<TablePool, 'take' | 'give'>;
  readonly configHash: number;
  readonly known: KnownItems;
  readonly probation: Probation;
  readonly metrics: Pick<ModelMetrics, 'stalled'>;
  readonly newest: () => ModelView;
  readonly log: Logger;
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
  loading: Promise<void>;
  /** The candidate that could not be loaded: it isn't tried again. */
  unfit: string | undefined;
}

export function createPreparing(parts: PreparingParts): Preparing {
  const state: State = { held: undefined, loading: Promise.resolve(), unfit: undefined };
  return {
    async step() {
      await look(parts, state);
      await state.loading;
    },
    async take(version) {
      await state.loading;
      const { held } = state;
      if (held === undefined) return undefined;
      const refit = await parts.refits.find(held.refit);
      if (refit?.version !== version || state.held !== held) return undefined;
      state.held = undefined;
      return held;
    },
  };
}

async function look(parts: PreparingParts, state: State): Promise<void> {
  const due = await findDue(parts);
  const { held } = state;
  if (held !== undefined && held.candidate.id !== due?.candidate.id && !(await isComing(parts, held))) drop(parts, state, held);
  if (due === undefined || state.held !== undefined || state.unfit === due.candidate.id) return;
  state.loading = prepare(parts, due).then(
    (prepared) => void (state.held = { ...due, ...prepared }),
    (thrown: unknown) => {
      if (thrown instanceof CorruptionError) state.unfit = due.candidate.id;
      parts.log.warn('a candidate could not be loaded before its promotion', { refit: due.refit, error: toError(thrown).message });
    },
  );
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
async function prepare({ candidates, pool, configHash, known, probation, metrics, newest }: PreparingParts, { candidate, applied }: Due): Promise<Prepared> {
  const set = await pool.take();
  try {
    const turns = createTurns(metrics.stalled);
    await turns.rest();
    const timed = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of candidates.chunks(candidate)) {
        // Waiting for Postgres holds up nobody.
        turns.begin();
        yield chunk;
      }
    };
    await loadCandidate({ chunks: timed }, candidate, { sink: checked(set, configHash), rest: turns.rest });
    turns.begin();
    await verifySet(set, { known, applied, rest: turns.rest });
    turns.done();
    const { figures } = await probation.examine({ ...newest(), set }, newest);
    return { set, figures };
  } catch (thrown) {
    pool.give(set);
    throw thrown;
  }
}

/** The promotion's own rows over the candidate's. Whatever fails, the table set goes back to the pool. */
export async function writePromotion({ pool, metrics, configHash }: Pick<PreparingParts, 'pool' | 'metrics' | 'configHash'>, set: TableSet, delta: Delta): Promise<void> {
  try {
    set.accept(delta.header);
    checkConfig(delta.header.configHash, configHash);
    const turns = createTurns(metrics.stalled);
    await applyInTurns(delta, set, turns.rest);
    turns.done();
  } catch (thrown) {
    pool.give(set);
    throw thrown;
  }
}
