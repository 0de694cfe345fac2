/**
 * The newest stored version of the lineage that serves which hasn't learned more than some entry; when all of it have, the oldest of it that can be
 * loaded: the promotion's own, or what retention has left.
 *
 * A version of the lineage before is never loaded: after an import or a refit it is another model than the one that serves.
 */
import { decodeDelta, isPromotion } from '@freshet/shared/codec/delta';
import { CorruptionError } from '@freshet/shared/errors';
import { apply, loadVersion, type ModelPosition, START, verify } from '@freshet/shared/model/load';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { ModelSink } from '@freshet/shared/ports/model-sink';
import type { SnapshotInfo, SnapshotStore } from '@freshet/shared/ports/snapshot-store';

const PAGE = 64;

interface Stores {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
}

export async function loadUpTo(stores: Stores, sink: ModelSink, seq: number): Promise<ModelPosition> {
  const base = await baseFor(stores, seq);
  const rest = (): Promise<void> => Promise.resolve();
  let position = base === undefined ? START : await loadVersion(stores, sink, { version: base.versionEnd, rest });
  for (;;) {
    const page = await stores.deltas.read(position.version, PAGE);
    for (const record of page) {
      if (record.toSeq > seq) return position;
      const { delta, next } = verify(record, position);
      if (isPromotion(delta.header)) throw new CorruptionError('model_promoted', `version ${record.version} has become the model that serves meanwhile`);
      sink.accept?.(delta.header);
      apply(delta, sink);
      position = next;
    }
    if (page.length === 0) return position;
  }
}

/** The newest snapshot of the lineage that serves which hasn't learned more, else its oldest one; undefined when it begins with version 1 and that is stored. */
async function baseFor(stores: Stores, seq: number): Promise<SnapshotInfo | undefined> {
  let found = await stores.snapshots.latest();
  while (found !== undefined && found.applied > seq) {
    const older = await stores.snapshots.latest(found.versionEnd - 1);
    if (!(await isOneLineage(stores.deltas, older?.versionEnd ?? 0, found.versionEnd))) return found;
    found = older;
  }
  return found;
}

/** Whether all deltas behind version `from` up to version `to` are stored and none of them is a promotion. */
async function isOneLineage(deltas: Stores['deltas'], from: number, to: number): Promise<boolean> {
  for (let version = from; version < to; ) {
    const page = await deltas.read(version, Math.min(PAGE, to - version));
    if (page.length === 0) return false;
    for (const record of page) {
      if (record.version !== version + 1 || isPromotion(decodeDelta(record.bytes).header)) return false;
      version = record.version;
    }
  }
  return true;
}
