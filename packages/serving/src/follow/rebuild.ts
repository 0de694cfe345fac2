/** A version that a label names, rebuilt aside with every check of the chain, and how it is said that one can't be. */
import type { Logger } from '@freshet/shared/logger';
import type { ModelLabel } from '@freshet/shared/ports/model-labels';
import type { Journal } from './journal.js';
import { type AsideParts, loadAside } from './load-aside.js';
import type { ModelMetrics } from './model-metrics.js';
import { type Examined, type Objection, type Probation, type ProbationFigures, sayFigures } from '../probation/probation.js';
import type { ModelView } from './model-view.js';

export interface RebuildParts extends AsideParts {
  /** When this entry of the log was received; 0 when that isn't known any more. */
  readonly receivedAt: (seq: number) => Promise<number>;
  readonly metrics: ModelMetrics;
  readonly probation: Probation;
  readonly journal: Pick<Journal, 'note'>;
  readonly log: Logger;
}

/** What a label names, and the model that it is here. */
export interface Held {
  readonly label: ModelLabel;
  readonly view: ModelView;
}

/** Exactly this version. Whatever fails, its table set goes back to the pool. */
export async function rebuild(parts: RebuildParts, version: number): Promise<ModelView> {
  const aside = await loadAside(parts, version);
  try {
    return { ...aside, learnedMs: await parts.receivedAt(aside.position.applied), epoch: 0 };
  } catch (thrown) {
    parts.pool.give(aside.set);
    throw thrown;
  }
}

/** Its figures stand in the model's events, whatever becomes of it. Where trying fails its table set goes back to the pool. */
export async function tryOut(parts: ExamineParts & Pick<RebuildParts, 'journal'>, view: ModelView, { name, serving }: { readonly name: string; readonly serving: () => ModelView }): Promise<Objection | undefined> {
  const previous = serving().position.version;
  const { figures, objection } = await examine(parts, view, serving);
  noteFigures(parts.journal, figures, { version: view.position.version, previous, name });
  return objection;
}

type ExamineParts = Pick<RebuildParts, 'probation' | 'pool'>;

/** Where it fails the view's table set goes back to the pool. */
export async function examine({ probation, pool }: ExamineParts, view: ModelView, serving: () => ModelView): Promise<Examined> {
  try {
    return await probation.examine(view, serving);
  } catch (thrown) {
    pool.give(view.set);
    throw thrown;
  }
}

export function noteFigures(journal: Pick<Journal, 'note'>, figures: ProbationFigures, { version, previous, name }: { readonly version: number; readonly previous: number; readonly name: string }): void {
  if (figures.requests > 0) journal.note({ kind: 'probed', version, previous, reason: `${name}: ${sayFigures(figures)}` });
}

interface Swapped {
  readonly version: number;
  readonly previous: number;
  readonly why: 'snapshot' | 'promoted' | 'prepared';
}

/** Answers come from another lineage, or from behind a refused version, from now on. */
export function wentOver({ metrics, journal, log }: Pick<RebuildParts, 'metrics' | 'journal' | 'log'>, { version, previous, why }: Swapped): void {
  metrics.loaded(why);
  journal.note({ kind: 'loaded', version, previous, reason: why === 'snapshot' ? why : 'promoted' });
  log.info(why === 'snapshot' ? 'a snapshot got past the refused version' : 'answers come from a promoted model', { version });
}

export interface Refusal {
  readonly label: ModelLabel;
  readonly error: { readonly code: string; readonly message: string };
  /** The version that goes on answering. */
  readonly serving: number;
}

export interface Refusals {
  /** Counted each time, said once each time the label is set. */
  add(refusal: Refusal): void;
  /** The label's version is here. */
  end(): void;
}

export function createRefusals({ metrics, journal, log }: Pick<RebuildParts, 'metrics' | 'journal' | 'log'>): Refusals {
  let said = '';
  return {
    add({ label: { label, version, setAt }, error, serving }) {
      metrics.refused(error.code);
      const why = `${version} ${setAt} ${error.code}`;
      if (said === why) return;
      said = why;
      const of = label === 'stable' ? '' : `${label}: `;
      journal.note({ kind: 'refused', version, previous: serving, reason: `${of}${error.code}: ${error.message}` });
      log.error('the version that a label names was refused; what answered goes on answering', { label, version, serving, code: error.code, error: error.message });
    },
    end() {
      said = '';
    },
  };
}
