/**
 * Which model answers: the newest (the follower's), or the version that the label `stable` pins every process to.
 *
 * 1. A pinned version is rebuilt aside with every check of the chain, then the view is replaced in one synchronous step: each
 *    answer comes from the one version or from the other. When it can't be rebuilt, what answered goes on answering.
 * 2. The follower goes on applying deltas meanwhile, to tables that nobody answers from: letting go is one assignment, and
 *    snapshots are cut as ever. A pinned process so holds two models, and a third while it is being pinned to another version.
 * 3. While pinned, `after_sequence` waits for histories and catalogue alone: no model would ever come.
 */
import { CorruptionError, toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { ModelLabel, ModelLabels } from '@freshet/shared/ports/model-labels';
import type { Journal } from './journal.js';
import { type AsideParts, loadAside } from './load-aside.js';
import type { ModelMetrics } from './model-metrics.js';
import type { ModelView } from './model-view.js';

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

export interface PinningParts extends AsideParts {
  readonly labels: Pick<ModelLabels, 'list'>;
  readonly newest: () => ModelView;
  /** When this entry of the log was received; 0 when that isn't known any more. */
  readonly receivedAt: (seq: number) => Promise<number>;
  readonly metrics: ModelMetrics;
  readonly journal: Pick<Journal, 'note'>;
  readonly log: Logger;
  /** Told, in the same synchronous step, whenever answers come from another version. */
  readonly changed: (view: ModelView) => void;
}

interface Pinned {
  readonly label: ModelLabel;
  readonly view: ModelView;
}

interface State {
  now: Pinned | undefined;
  /** A label that was refused, and why: said once each time it is set. */
  refused: string;
}

export function createPinning(parts: PinningParts): Pinning {
  const state: State = { now: undefined, refused: '' };
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
    replace(parts, state, { label, view });
    parts.metrics.loaded('pinned');
  } catch (thrown) {
    if (thrown instanceof CorruptionError) refuse(parts, state, { label, error: thrown });
    throw thrown;
  }
}

async function rebuild(parts: PinningParts, version: number): Promise<ModelView> {
  const aside = await loadAside(parts, version);
  try {
    return { ...aside, learnedMs: await parts.receivedAt(aside.position.applied), epoch: 0, pinned: true };
  } catch (thrown) {
    parts.pool.give(aside.set);
    throw thrown;
  }
}

function letGo(parts: PinningParts, state: State): void {
  if (state.now === undefined) return;
  replace(parts, state, undefined);
  parts.metrics.loaded('unpinned');
}

/** Guarantee 1: from one view to the other nothing else runs. */
function replace(parts: PinningParts, state: State, next: Pinned | undefined): void {
  const before = state.now;
  const previous = (before?.view ?? parts.newest()).position.version;
  state.now = next;
  state.refused = '';
  const view = next?.view ?? parts.newest();
  parts.metrics.answersFrom(next?.view.learnedMs);
  parts.changed(view);
  if (before !== undefined) parts.pool.give(before.view.set);
  const { version } = view.position;
  const reason = next === undefined ? 'unpinned' : 'pinned';
  parts.journal.note({ kind: 'loaded', version, previous, reason });
  parts.log.info(next === undefined ? 'answers come from the newest version again' : 'answers are pinned to a version', { version, previous });
}

function refuse(parts: PinningParts, state: State, { label: { version, setAt }, error }: { readonly label: ModelLabel; readonly error: CorruptionError }): void {
  parts.metrics.refused(error.code);
  const why = `${version} ${setAt} ${error.code}`;
  if (state.refused === why) return;
  state.refused = why;
  const serving = (state.now?.view ?? parts.newest()).position.version;
  parts.journal.note({ kind: 'refused', version, previous: serving, reason: `${error.code}: ${error.message}` });
  parts.log.error('the version that the label names could not be rebuilt; what answered goes on answering', { version, serving, code: error.code, error: toError(error) });
}
