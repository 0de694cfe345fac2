/** What can be rebuilt and what is kept, against a plain model of a store. */
import { isWithin, planRetention, rebuildable, type SnapshotSpan, type VersionRange } from '@freshet/shared/domain/retention';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const KEEP = 2;

interface Store {
  deltas: Set<number>;
  snapshots: SnapshotSpan[];
}

/** By the definition: from nothing or from a whole snapshot, with every delta on the way. */
function canRebuild({ deltas, snapshots }: Store, version: number): boolean {
  const holds = (from: number, to: number): boolean => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i).every((one) => deltas.has(one));
  const bases = [0, ...snapshots.filter(({ versionStart, versionEnd }) => holds(versionStart + 1, versionEnd)).map(({ versionEnd }) => versionEnd)];
  return version > 0 && bases.some((base) => base <= version && holds(base + 1, version));
}

function runsOf(deltas: ReadonlySet<number>): VersionRange[] {
  const runs: VersionRange[] = [];
  for (const version of [...deltas].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.to === version - 1) runs[runs.length - 1] = { from: last.from, to: version };
    else runs.push({ from: version, to: version });
  }
  return runs;
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('learn' as const), count: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant('cut' as const), count: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('pin' as const), count: fc.integer({ min: 0, max: 30 }) }),
    fc.record({ kind: fc.constant('unpin' as const), count: fc.constant(0) }),
  ),
  { maxLength: 40 },
);

describe('retention', () => {
  it('keeps the newest and the pinned version rebuildable through any history, and tells exactly what can be rebuilt', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const store: Store = { deltas: new Set(), snapshots: [] };
        let newest = 0;
        let pinned: number | undefined;
        const learn = (count: number): void => {
          for (let i = 0; i < count; i++) store.deltas.add(++newest);
        };
        for (const { kind, count } of list) {
          if (kind === 'learn') learn(count);
          if (kind === 'unpin') pinned = undefined;
          const ranges = rebuildable(runsOf(store.deltas), store.snapshots);
          if (kind === 'pin' && isWithin(newest - count, ranges)) pinned = newest - count;
          if (kind === 'cut' && newest > 0 && store.snapshots.every(({ versionEnd }) => versionEnd < newest)) {
            const versionStart = newest;
            learn(count);
            store.snapshots.push({ versionStart, versionEnd: newest });
            const plan = planRetention(store.snapshots, pinned === undefined ? [] : [pinned], KEEP);
            if (plan !== undefined) {
              store.snapshots = store.snapshots.filter(({ versionEnd }) => !plan.snapshots.includes(versionEnd));
              for (const version of store.deltas) if (version <= plan.deltasUpTo && !isWithin(version, plan.except)) store.deltas.delete(version);
            }
            expect(store.snapshots.length).toBeLessThanOrEqual(KEEP + 1);
          }
          const told = rebuildable(runsOf(store.deltas), store.snapshots);
          for (let version = 0; version <= newest + 1; version++) expect(isWithin(version, told)).toBe(canRebuild(store, version));
          if (newest > 0) expect(isWithin(newest, told)).toBe(true);
          if (pinned !== undefined) expect(isWithin(pinned, told)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lets everything go that only an unpinned version needed', () => {
    const snapshots = [10, 20, 30].map((version) => ({ versionStart: version, versionEnd: version }));
    expect(planRetention(snapshots, [15], KEEP)).toEqual({ snapshots: [], deltasUpTo: 20, except: [{ from: 11, to: 15 }] });
    expect(planRetention(snapshots, [], KEEP)).toEqual({ snapshots: [10], deltasUpTo: 20, except: [] });
    expect(planRetention(snapshots.slice(0, 1), [], KEEP)).toBeUndefined();
  });
});
