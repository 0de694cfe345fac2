/**
 * Which versions can be rebuilt from what is stored, and what must stay stored.
 *
 * A version is rebuilt from a snapshot that ends at it or before it (or from nothing) and all deltas from there on. A snapshot is
 * whole with the deltas between its first chunk's version and its end.
 * 1. The newest snapshots stay, with the deltas behind the first chunk of the oldest of them.
 * 2. Of each pinned version the newest snapshot that doesn't lie behind it stays, with the deltas between.
 */
export interface VersionRange {
  readonly from: number;
  readonly to: number;
}

export interface SnapshotSpan {
  readonly versionStart: number;
  readonly versionEnd: number;
}

export interface RetentionPlan {
  /** `versionEnd` of the snapshots that go. */
  readonly snapshots: readonly number[];
  /** Deltas up to here go … */
  readonly deltasUpTo: number;
  /** … but for these. */
  readonly except: readonly VersionRange[];
}

/** `runs`: the deltas stored, as ranges without a gap. In rising order, each once. */
export function rebuildable(runs: readonly VersionRange[], snapshots: readonly SnapshotSpan[]): readonly VersionRange[] {
  const holds = (from: number, to: number): boolean => from > to || runs.some((run) => run.from <= from && run.to >= to);
  const onFrom = (version: number): number => runs.find((run) => run.from <= version + 1 && run.to > version)?.to ?? version;
  const found: VersionRange[] = runs.filter((run) => run.from === 1);
  for (const { versionStart, versionEnd } of snapshots) {
    if (holds(versionStart + 1, versionEnd)) found.push({ from: versionEnd, to: onFrom(versionEnd) });
  }
  return merge(found);
}

function merge(ranges: readonly VersionRange[]): VersionRange[] {
  const merged: VersionRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && range.from <= last.to + 1) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else merged.push(range);
  }
  return merged;
}

export function isWithin(version: number, ranges: readonly VersionRange[]): boolean {
  return ranges.some((range) => range.from <= version && version <= range.to);
}

/** Undefined while there are not more snapshots than are kept anyway. */
export function planRetention(snapshots: readonly SnapshotSpan[], pinned: readonly number[], keep: number): RetentionPlan | undefined {
  const newestFirst = snapshots.toSorted((a, b) => b.versionEnd - a.versionEnd);
  const oldestKept = newestFirst[keep - 1];
  if (oldestKept === undefined) return undefined;
  const stay = new Set(newestFirst.slice(0, keep));
  const except: VersionRange[] = [];
  for (const version of pinned) {
    const base = newestFirst.find(({ versionEnd }) => versionEnd <= version);
    if (base !== undefined) stay.add(base);
    except.push({ from: (base?.versionStart ?? 0) + 1, to: version });
  }
  const gone = newestFirst.filter((snapshot) => !stay.has(snapshot)).map(({ versionEnd }) => versionEnd);
  return { snapshots: gone, deltasUpTo: oldestKept.versionStart, except: except.filter((range) => range.from <= range.to) };
}
