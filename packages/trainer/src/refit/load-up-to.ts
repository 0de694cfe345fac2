/** The newest stored version that hasn't learned more than some entry; when all have, the oldest that can be loaded. */
import { apply, type ModelPosition, START, verify } from '@freshet/shared/model/load';
import { isPromotion } from '@freshet/shared/codec/delta';
import { loadVersion } from '@freshet/shared/model/load';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { ModelSink } from '@freshet/shared/ports/model-sink';
import type { SnapshotInfo, SnapshotStore } from '@freshet/shared/ports/snapshot-store';

const PAGE = 64;

export async function loadUpTo(stores: { readonly deltas: DeltaLog; readonly snapshots: SnapshotStore }, sink: ModelSink, seq: number): Promise<ModelPosition> {
  const base = await baseFor(stores.snapshots, seq);
  const rest = (): Promise<void> => Promise.resolve();
  let position = base === undefined ? START : await loadVersion(stores, sink, { version: base.versionEnd, rest });
  for (;;) {
    const page = await stores.deltas.read(position.version, PAGE);
    for (const record of page) {
      if (record.toSeq > seq) return position;
      const { delta, next } = verify(record, position);
      // Another lineage: the one before it is what served.
      if (isPromotion(delta.header)) return position;
      sink.accept?.(delta.header);
      apply(delta, sink);
      position = next;
    }
    if (page.length === 0) return position;
  }
}

/** The newest snapshot that hasn't learned more, else the oldest one; undefined when the chain begins with a delta. */
async function baseFor(snapshots: SnapshotStore, seq: number): Promise<SnapshotInfo | undefined> {
  let found = await snapshots.latest();
  const [first] = await snapshots.rebuildable();
  const oldest = first?.from ?? 0;
  while (found !== undefined && found.applied > seq) {
    const older = await snapshots.latest(found.versionEnd - 1);
    // Before the oldest snapshot the chain may still begin with version 1.
    if (older === undefined) return oldest === 1 && found.versionEnd > 1 ? undefined : found;
    found = older;
  }
  return found;
}
