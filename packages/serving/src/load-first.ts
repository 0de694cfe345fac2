/**
 * The models of a process that starts: the newest one, and the pinned one when a label names one.
 * What can't be read now may be readable, or replaced, in a moment: it is tried until it works, or until the process is stopped.
 * There is no older model to answer from, and a pinned process must not answer from another version. A canary or shadow that can't be
 * loaded keeps nobody from answering: it is tried once here, then by the clock.
 */
import { isNewerFormat } from '@freshet/shared/codec/format-version';
import { configHash } from '@freshet/shared/domain/model-config';
import { CorruptionError, toError, UnavailableError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { CandidateStore } from '@freshet/shared/ports/candidates';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { ModelLabels } from '@freshet/shared/ports/model-labels';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { People } from '@freshet/shared/people';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { ResolvedServingOptions } from './config.js';
import { type Beside, createBeside } from './follow/beside.js';
import type { Journal } from './follow/journal.js';
import { createModelFollower, type ModelFollower } from './follow/model-follower.js';
import type { ModelMetrics } from './follow/model-metrics.js';
import type { ModelView } from './follow/model-view.js';
import { createPreparing, type Preparing } from './follow/preparing.js';
import { createPinning, type Pinning } from './follow/pinning.js';
import type { Progress } from './follow/progress.js';
import type { Versions } from './follow/versions.js';
import type { KnownItems } from './follow/verify-set.js';
import type { Probation } from './probation/probation.js';
import type { TablePool } from './store/table-pool.js';

export interface LoadDeps {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly labels: Pick<ModelLabels, 'list'>;
  readonly refits: Pick<RefitLog, 'underWay' | 'find'>;
  readonly candidates: Pick<CandidateStore, 'chunks'>;
  readonly entries: Pick<EntryLog, 'read'>;
  readonly announcer: Pick<Announcer, 'announce'>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface LoadParts {
  readonly pool: TablePool;
  readonly known: KnownItems;
  readonly people: Pick<People, 'histories'>;
  readonly probation: Probation;
  readonly progress: Progress;
  readonly versions: Versions;
  readonly metrics: ModelMetrics;
  readonly journal: Journal;
}

export interface Models {
  /** Follows the newest version. */
  readonly follower: ModelFollower;
  /** Says which model answers. */
  readonly pinning: Pinning;
  /** What labels put beside it. */
  readonly beside: Beside;
  /** Loads what is about to be promoted. */
  readonly preparing: Preparing;
}

export async function loadModels(options: ResolvedServingOptions, deps: LoadDeps, { parts, signal }: { readonly parts: LoadParts; readonly signal: AbortSignal }): Promise<Models> {
  const hash = configHash(options.model);
  const retry = untilLoaded(options, deps, signal);
  // The follower tells the pinning of its versions, and the pinning asks the follower for its newest: one of them comes second.
  const common = { ...deps, ...parts, configHash: hash, receivedAt: (seq: number) => receivedAt(deps.entries, seq) };
  const pinning: Pinning = createPinning({ ...common, newest: () => follower.view(), changed: watchAnswers(options, deps, parts) });
  const askForSnapshot = (version: number): void => deps.announcer.announce('snapshot', version);
  const preparing: Preparing = createPreparing({ ...common, signal, newest: () => follower.view() });
  const makeFollower = () => createModelFollower({ ...common, preparing, askForSnapshot, moved: pinning.moved });
  const follower: ModelFollower = await retry(makeFollower, parts.metrics.refused);
  // It counts by itself what it refuses.
  await retry(() => pinning.step(), () => undefined);
  const beside = createBeside({ ...common, serving: pinning.view });
  await beside.step().catch((thrown: unknown) => deps.log.warn('a labelled version could not be loaded; trying again', { error: toError(thrown) }));
  return { follower, pinning, beside, preparing };
}

function untilLoaded(options: ResolvedServingOptions, deps: LoadDeps, signal: AbortSignal) {
  return async <T>(load: () => Promise<T>, refused: (code: string) => void): Promise<T> => {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await load();
      } catch (thrown) {
        const error = toError(thrown);
        if (isNewerFormat(error) || !(error instanceof CorruptionError || error instanceof UnavailableError)) throw error;
        if (error instanceof CorruptionError) refused(error.code);
        deps.log.error('the model could not be loaded; trying again', { code: error.code, error });
        await deps.clock.sleep(Math.min(5_000, options.pollMs * 2 ** attempt), signal);
      }
    }
  };
}

/** What is shown of the version that answers, in the same synchronous step in which it begins to. */
function watchAnswers(options: ResolvedServingOptions, deps: LoadDeps, parts: LoadParts): (view: ModelView) => void {
  let dropped = 0;
  return ({ set, position, pinned }) => {
    parts.progress.moveModel(position.applied, pinned !== true);
    deps.metrics.servingModelVersion.set(position.version);
    deps.metrics.servingPinnedVersion.set(pinned === true ? position.version : 0);
    if (set.dropped === dropped) return;
    if (set.dropped > 0) parts.metrics.refused('max_items');
    if (dropped === 0) deps.log.error('the model has more items than maxItems: the rest is not served', { max_items: options.maxItems });
    dropped = set.dropped;
  };
}

async function receivedAt(entries: Pick<EntryLog, 'read'>, seq: number): Promise<number> {
  const [entry] = await entries.read(seq - 1, 1);
  return entry?.seq === seq ? entry.receivedAt : 0;
}
