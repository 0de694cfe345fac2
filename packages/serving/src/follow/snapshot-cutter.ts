/**
 * Cuts a snapshot of the tables when the deltas since the last one have become a burden: more than 4 × the tables'
 * bytes or 20,000 deltas, at least 60 s after the last one; at once when somebody is held up at a refused version.
 *
 * 1. Each chunk is cut synchronously and carries its version; requests and deltas go on between chunks.
 * 2. A cut is abandoned when the table set is replaced under it, or when this process holds only part of the model.
 * 3. One process cuts at a time (the store's `begin`), and none that is held up itself: its snapshot would help nobody and
 *    put the next one off.
 */
import { setImmediate } from 'node:timers/promises';
import type { Logger } from '@freshet/shared/logger';
import type { Clock } from '@freshet/shared/ports/clock';
import type { SnapshotStore, SnapshotWriter } from '@freshet/shared/ports/snapshot-store';
import { beginCut } from '../store/cut.js';
import type { TableSet } from '../store/table-set.js';
import type { ModelView } from './model-view.js';

export interface SnapshotCutterParts {
  readonly snapshots: SnapshotStore;
  readonly view: () => ModelView;
  /** Whether this process waits at a refused version. */
  readonly isHeldUp: () => boolean;
  /** The newest version that somebody has asked for a snapshot past; 0 = nobody has. */
  readonly wanted: () => number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly configHash: number;
  readonly signal: AbortSignal;
}

const DUE = { bytesPerTableByte: 4, deltas: 20_000, gapMs: 60_000 } as const;

/** Cuts one if it is due and nobody else is at it; true when one was finished. */
export async function cutIfDue(parts: SnapshotCutterParts): Promise<boolean> {
  const view = parts.view();
  if (view.set.dropped > 0 || parts.isHeldUp()) return false;
  if (!(await isWanted(parts, view)) && !(await isDue(parts, view.set))) return false;
  const { version, checksum } = parts.view().position;
  const writer = await parts.snapshots.begin(version);
  if (writer === undefined) return false;
  let finished = false;
  try {
    finished = await cut(parts, writer, checksum);
  } finally {
    if (!finished) await writer.abandon();
  }
  return finished;
}

async function isWanted({ wanted, snapshots }: SnapshotCutterParts, { position }: ModelView): Promise<boolean> {
  const version = wanted();
  if (version === 0 || position.version < version) return false;
  const latest = await snapshots.latest();
  return latest === undefined || latest.versionEnd < version;
}

async function isDue(parts: SnapshotCutterParts, set: TableSet): Promise<boolean> {
  const debt = await parts.snapshots.debt();
  if (parts.clock.now() - debt.finishedAt < DUE.gapMs) return false;
  return debt.deltas > DUE.deltas || debt.deltaBytes > DUE.bytesPerTableByte * set.bytes;
}

/** `parent`: the chain's checksum of the version that the cut begins at. */
async function cut(parts: SnapshotCutterParts, writer: SnapshotWriter, parent: Buffer): Promise<boolean> {
  const { set } = parts.view();
  const chunks = beginCut(set);
  for (;;) {
    const view = parts.view();
    if (view.set !== set || set.dropped > 0 || parts.signal.aborted) return false;
    const { version, applied } = view.position;
    const bytes = chunks.next({ version, toSeq: applied, learnedMs: view.learnedMs, epoch: view.epoch, configHash: parts.configHash });
    if (bytes === undefined) break;
    await writer.chunk(bytes, version);
    await setImmediate();
  }
  const { version, applied, checksum } = parts.view().position;
  await writer.finish({ version, applied, checksum, parent });
  parts.log.info('snapshot cut', { version, rows: set.rows });
  return true;
}
