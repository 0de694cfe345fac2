/**
 * What serving does for the whole installation, one process at a time: the checkpoint of histories and catalogue, and
 * snapshots of the model. Failures are logged and tried again; answers don't depend on either.
 */
import type { Logger } from '@freshet/shared/logger';
import type { ServiceContext } from '@freshet/shared/lifecycle';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { CheckpointRight, OwnedCheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { Clock } from '@freshet/shared/ports/clock';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import { configHash } from '@freshet/shared/domain/model-config';
import type { People } from '@freshet/shared/people';
import type { ResolvedServingOptions } from './config.js';
import { createCheckpointWriter } from './follow/checkpoint-writer.js';
import type { ModelView } from './follow/model-view.js';
import { startPump } from './follow/pump.js';
import { cutIfDue } from './follow/snapshot-cutter.js';
import type { Profiles } from '@freshet/shared/domain/profiles';
import type { RuleBook } from '@freshet/shared/domain/rules';
import type { Shelf } from './store/shelf.js';

export interface UpkeepDeps {
  readonly checkpoint: OwnedCheckpointStore;
  readonly snapshots: SnapshotStore;
  readonly announcer: Pick<Announcer, 'listen'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface UpkeepParts {
  readonly context: ServiceContext;
  readonly view: () => ModelView;
  readonly isHeldUp: () => boolean;
  readonly people: People;
  readonly shelf: Shelf;
  readonly rules: RuleBook;
  readonly profiles: Profiles;
  /** The newest entry folded. */
  readonly seq: () => number;
}

export function startUpkeep(options: ResolvedServingOptions, deps: UpkeepDeps, parts: UpkeepParts): void {
  keepCheckpoint(options, deps, parts);
  keepSnapshots(options, deps, parts);
}

function keepCheckpoint(options: ResolvedServingOptions, deps: UpkeepDeps, parts: UpkeepParts): void {
  const { context } = parts;
  const writer = createCheckpointWriter({ ...deps, ...parts });
  let right: CheckpointRight | undefined;
  const own = async (): Promise<CheckpointRight | undefined> => {
    if (right?.lost.aborted === true) {
      // Its session goes back to the pool, to be closed there.
      await right.release();
      right = undefined;
    }
    right ??= await deps.checkpoint.tryOwn();
    return right;
  };
  // Last in, first out: the pump's loop ends, then what changed meanwhile is written, then the right is given back.
  context.owner.defer('checkpoint right', () => right?.release());
  context.owner.defer('last checkpoint', async () => {
    if (right !== undefined && !right.lost.aborted) await writer.write(right);
  });
  const running = startPump({
    clock: deps.clock,
    pollMs: options.checkpointMs,
    signal: context.signal,
    work: async () => {
      const to = await own();
      if (to !== undefined) await writer.write(to);
    },
    failed: (error, retryInMs) => deps.log.warn('the checkpoint could not be written; trying again', { retry_ms: retryInMs, error }),
  });
  context.owner.defer('checkpoint writer', () => running.done);
}

function keepSnapshots(options: ResolvedServingOptions, deps: UpkeepDeps, parts: UpkeepParts): void {
  const { context, view, isHeldUp } = parts;
  let wanted = 0;
  const cutter = { ...deps, view, isHeldUp, wanted: () => wanted, configHash: configHash(options.model), signal: context.signal };
  const running = startPump({
    clock: deps.clock,
    pollMs: options.snapshotCheckMs,
    signal: context.signal,
    work: async () => void (await cutIfDue(cutter)),
    failed: (error, retryInMs) => deps.log.warn('a snapshot could not be cut; trying again', { retry_ms: retryInMs, error }),
  });
  const onWish = (version: number): void => {
    wanted = Math.max(wanted, version);
    running.wake();
  };
  context.owner.defer('snapshot cutter', () => running.done);
  context.owner.defer('snapshot wishes', deps.announcer.listen('snapshot', onWish));
}
