/**
 * The delta log in memory: for unit tests, dry runs and replay. Same contract as the Postgres adapter.
 *
 * 1. A commit moves the state only from (epoch, version − 1, from_seq − 1): a zombie's commit, a repetition and a gap
 *    change nothing.
 * 2. One lease at a time; each raises the epoch. `oust` takes the lease away, as a lost session does.
 */
import { FIRST_CHECKSUM } from '../../codec/delta.js';
import { isWithin, type VersionRange } from '../../domain/retention.js';
import type { CommitResult, DeltaLog, DeltaRecord, Lease, Promotion, TrainerState } from '../../ports/delta-log.js';

export interface MemoryDeltaLog extends DeltaLog {
  /** Of the last lease. */
  epoch(): number;
  /** Ends the present lease as if its session had been lost. */
  oust(): void;
  /** Changes or removes a stored record: what a fault on disk would do. */
  tamper(version: number, change: (record: DeltaRecord) => DeltaRecord | undefined): void;
  /** Puts a record in its place whatever is there: what a repair would do. */
  restore(record: DeltaRecord): void;
  /** Removes deltas up to `version`, but for these: retention. */
  retire(version: number, except?: readonly VersionRange[]): void;
  /** What is stored, as ranges without a gap. */
  runs(): readonly VersionRange[];
  /** Called in a promotion's commit, which it refuses by throwing. */
  onPromote(become: (delta: DeltaRecord, promotion: Promotion, parent: Buffer) => void): void;
  /** Bytes of the deltas with `after` < version, and their number. */
  since(after: number): { readonly bytes: number; readonly deltas: number };
}

/** Bytes that one read returns at most (plus one delta). */
const READ_BYTES = 16 * 1024 * 1024;

export function memoryDeltaLog(): MemoryDeltaLog {
  const records = new Map<number, DeltaRecord>();
  let state: TrainerState = { version: 0, applied: 0, checksum: FIRST_CHECKSUM };
  let epoch = 0;
  const leadership = createTurns();

  let become: (delta: DeltaRecord, promotion: Promotion, parent: Buffer) => void = () => undefined;

  const commit = (delta: DeltaRecord, promotion?: Promotion): CommitResult => {
    const follows = delta.epoch === epoch && delta.version === state.version + 1 && delta.fromSeq === state.applied + 1;
    if (follows) {
      if (promotion !== undefined) become(delta, promotion, state.checksum);
      records.set(delta.version, { ...delta, bytes: Buffer.from(delta.bytes) });
      state = { version: delta.version, applied: delta.toSeq, checksum: delta.checksum };
      return 'committed';
    }
    const known = records.get(delta.version);
    return known?.epoch === delta.epoch && known.checksum.equals(delta.checksum) ? 'already-committed' : 'fenced';
  };

  return {
    async lead(signal) {
      const turn = await leadership.take(signal);
      epoch++;
      return leaseOf(turn, epoch);
    },
    state: () => Promise.resolve(state),
    commit: (delta) => Promise.resolve(commit(delta)),
    promote: async (delta, promotion) => commit(delta, promotion),
    onPromote: (hook) => {
      become = hook;
    },
    read(after, limit) {
      const found: DeltaRecord[] = [];
      let bytes = 0;
      for (const record of inOrder(records)) {
        if (record.version <= after) continue;
        if (found.length >= limit || bytes > READ_BYTES) break;
        found.push(record);
        bytes += record.bytes.length;
      }
      return Promise.resolve(found);
    },
    epoch: () => epoch,
    oust: () => leadership.oust(),
    tamper(version, change) {
      const record = records.get(version);
      const changed = record === undefined ? undefined : change(record);
      if (changed === undefined) records.delete(version);
      else records.set(version, changed);
    },
    restore: (record) => void records.set(record.version, record),
    retire(version, except = []) {
      for (const known of records.keys()) if (known <= version && !isWithin(known, except)) records.delete(known);
    },
    runs() {
      const runs: VersionRange[] = [];
      for (const { version } of inOrder(records)) {
        const last = runs.at(-1);
        if (last?.to === version - 1) runs[runs.length - 1] = { from: last.from, to: version };
        else runs.push({ from: version, to: version });
      }
      return runs;
    },
    since(after) {
      const behind = inOrder(records).filter((record) => record.version > after);
      return { bytes: behind.reduce((sum, record) => sum + record.bytes.length, 0), deltas: behind.length };
    },
  };
}

/** By version; a restored record may have been put in behind newer ones. */
function inOrder(records: ReadonlyMap<number, DeltaRecord>): DeltaRecord[] {
  return [...records.values()].sort((a, b) => a.version - b.version);
}

interface Turn {
  readonly lost: AbortController;
  end(): void;
}

interface Turns {
  /** Waits until nobody has the turn; rejects when `signal` aborts first. */
  take(signal: AbortSignal): Promise<Turn>;
  oust(): void;
}

function createTurns(): Turns {
  let present: Turn | undefined;
  let ended = Promise.resolve();

  const take = async (signal: AbortSignal): Promise<Turn> => {
    while (present !== undefined) {
      signal.throwIfAborted();
      await Promise.race([ended, aborted(signal)]);
    }
    signal.throwIfAborted();
    let resolve = (): void => undefined;
    ended = new Promise((done) => (resolve = done));
    const turn: Turn = {
      lost: new AbortController(),
      end() {
        if (present === turn) present = undefined;
        resolve();
      },
    };
    present = turn;
    return turn;
  };

  return {
    take,
    oust() {
      const ousted = present;
      ousted?.end();
      ousted?.lost.abort();
    },
  };
}

function leaseOf(turn: Turn, epoch: number): Lease {
  return {
    epoch,
    lost: turn.lost.signal,
    release: () => {
      turn.end();
      return Promise.resolve();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
