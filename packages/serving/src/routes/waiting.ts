/** `after_sequence` on a read: waits for it, or says what there is. */
import { problem } from '@freshet/shared/http/problem';
import type { Engine } from '../engine.js';

/** True when nothing has to be awaited. */
export function isReached(engine: Engine, seq: number | undefined, waitFor: 'model' | 'history' = 'model'): boolean {
  return seq === undefined || engine.progress.isReached(seq, waitFor === 'history' ? 'log' : 'both');
}

/** As `reach`, for answers that no model has a part in, or that need not wait for it. */
export async function reachLog(engine: Engine, seq: number | undefined): Promise<void> {
  if (seq === undefined || (await engine.progress.reach(seq, engine.sequenceWaitMs, 'log'))) return;
  const { log } = engine.progress.positions();
  throw problem(409, 'sequence_not_reached', { detail: `This process has histories and catalogue up to entry ${log}; ${seq} was asked for.` });
}

/** Rejects with a 409 that names what this process has. */
export async function reach(engine: Engine, seq: number | undefined): Promise<void> {
  if (seq === undefined || (await engine.progress.reach(seq, engine.sequenceWaitMs))) return;
  const { log, learned } = engine.progress.positions();
  throw problem(409, 'sequence_not_reached', {
    detail: `This process has histories and catalogue up to entry ${log} and a model that has learned up to entry ${learned}; ${seq} was asked for.`,
  });
}
