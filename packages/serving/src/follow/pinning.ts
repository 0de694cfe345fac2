/**
 * Which model answers: the newest (the follower's), or the version that the label `stable` pins every process to.
 *
 * 1. A pinned version is rebuilt aside with every check of the chain, then the view is replaced in one synchronous step: each
 *    answer comes from the one version or from the other. When it can't be rebuilt, what answered goes on answering.
 * 2. The follower goes on applying deltas meanwhile, to tables that nobody answers from: letting go is one assignment, and
 *    snapshots are cut as ever. A pinned process so holds two models, and a third while it is being pinned to another version.
 * 3. While pinned, `after_sequence` waits for histories and catalogue alone: no model would ever come.
 */
import { CorruptionError } from '@freshet/shared/errors';
import type { ModelLabel, ModelLabels } from '@freshet/shared/ports/model-labels';
import type { ModelView } from './model-view.js';
import { createRefusals, type Held, rebuild, type RebuildParts, type Refusals, tryOut } from './rebuild.js';

export interface Pinning {
  /** The model that answers come from. Hold it for one synchronous block only. */
  view(): ModelView;
  /** What the view is pinned to, if it is. */
  pinned(): ModelLabel | undefined;
  /** Reads the label and does what it says. Rejects when its version can't be rebuilt here now. */
  step(): Promise<void>;
  /** The follower has moved on. */
  moved(newest: ModelView): void;
}

export interface PinningParts extends RebuildParts {
  readonly labels: Pick<ModelLabels, 'list'>;
  readonly newest: () => ModelView;
  /** Told, in the same synchronous step, whenever answers come from another version. */
  readonly changed: (view: ModelView) => void;
}

interface State {
  now: Held | undefined;
  readonly refusals: Refusals;
}

export function createPinning(parts: PinningParts): Pinning {
  const state: State = { now: undefined, refusals: createRefusals(parts) };
  return {
    view: () => state.now?.view ?? parts.newest(),
    pinned: () => state.now?.label,
    moved(newest) {
      if (state.now === undefined) parts.changed(newest);
    },
    async step() {
      const label = (await parts.labels.list()).find((one) => one.label === 'stable');
      if (label === undefined) return letGo(parts, state);
      if (state.now?.view.position.version === label.version) state.now = { ...state.now, label };
      else await pin(parts, state, label);
    },
  };
}

async function pin(parts: PinningParts, state: State, label: ModelLabel): Promise<void> {
  try {
    const view = await rebuild(parts, label.version);
    // Told, not judged: processes that judged differently would answer from different versions.
    await tryOut(parts, view, { name: 'stable', serving: () => state.now?.view ?? parts.newest() });
    replace(parts, state, { label, view: { ...view, pinned: true } });
    parts.metrics.loaded('pinned');
  } catch (thrown) {
    if (thrown instanceof CorruptionError) state.refusals.add({ label, error: thrown, serving: (state.now?.view ?? parts.newest()).position.version });
    throw thrown;
  }
}

function letGo(parts: PinningParts, state: State): void {
  if (state.now === undefined) return;
  replace(parts, state, undefined);
  parts.metrics.loaded('unpinned');
}

/** Guarantee 1: from one view to the other nothing else runs. */
function replace(parts: PinningParts, state: State, next: Held | undefined): void {
  const before = state.now;
  const previous = (before?.view ?? parts.newest()).position.version;
  state.now = next;
  state.refusals.end();
  const view = next?.view ?? parts.newest();
  parts.metrics.answersFrom(next?.view.learnedMs);
  parts.changed(view);
  if (before !== undefined) parts.pool.give(before.view.set);
  const { version } = view.position;
  const reason = next === undefined ? 'unpinned' : 'pinned';
  parts.journal.note({ kind: 'loaded', version, previous, reason });
  parts.log.info(next === undefined ? 'answers come from the newest version again' : 'answers are pinned to a version', { version, previous });
}
