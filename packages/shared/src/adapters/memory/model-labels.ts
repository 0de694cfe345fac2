/** Labels in memory, on the memory snapshot store, which keeps what they name. */
import { isWithin } from '../../domain/retention.js';
import type { Clock } from '../../ports/clock.js';
import type { ModelEvents } from '../../ports/model-events.js';
import type { JudgedAgainst, LabelName, ModelLabel, ModelLabels } from '../../ports/model-labels.js';
import { decisionToRemove, decisionToSet } from '../label-decision.js';
import type { MemorySnapshotStore } from './snapshot-store.js';

export function memoryModelLabels(snapshots: Pick<MemorySnapshotStore, 'rebuildable' | 'keepFor'>, events: ModelEvents, clock: Clock): ModelLabels {
  const labels = new Map<LabelName, ModelLabel>();
  snapshots.keepFor(() => [...labels.values()].map(({ version }) => version));
  const hasMoved = (against: JudgedAgainst | undefined): boolean => against !== undefined && labels.get('stable')?.version !== against.stable;
  return {
    list: () => Promise.resolve([...labels.values()].sort((a, b) => (a.label < b.label ? -1 : 1))),
    async pin(label, { version, reason, share, forced, against }) {
      const rebuildable = await snapshots.rebuildable();
      if (hasMoved(against)) return { pinned: false, moved: true };
      if (!isWithin(version, rebuildable)) return { pinned: false, rebuildable };
      const previous = labels.get(label)?.version;
      const set: ModelLabel = { label, version, reason, ...(share === undefined ? {} : { share }), ...(forced && { forced }), setAt: clock.now() };
      labels.set(label, set);
      await events.add({ ...decisionToSet(label, set), version, ...(previous === undefined ? {} : { previous }), replica: '' });
      return { pinned: true, label: set };
    },
    async unpin(label, { against, ...removal }) {
      if (hasMoved(against)) return { removed: false, moved: true };
      const was = labels.get(label);
      if (was === undefined) return { removed: false, moved: false };
      labels.delete(label);
      await events.add({ ...decisionToRemove(label, removal), version: was.version, replica: '' });
      return { removed: true, label: was };
    },
  };
}
