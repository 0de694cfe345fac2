/**
 * Learns the log again from scratch and holds every delta against the one that was published, byte for byte: the
 * reproducible mode's proof that each event has moved the model once, in the log's order.
 *
 * In: the log, the delta chain from version 1, the options the trainer ran with. Out: how far they are equal.
 * 1. Rounds are cut where the deltas say, and have the sizes they name; a delta whose trainer had just started begins where that trainer began: with
 *    what was published until then and an empty replay buffer.
 * 2. Nothing is written.
 * 3. Versions from a promotion on are skipped until a trainer has started behind it: what a refit has learned in its epochs is not in
 *    the log's order.
 * Leaves out: deltas that several threads have raced on, a chain whose beginning retention has dropped, and histories
 * that a restarted trainer took from a checkpoint ahead of its model (it then misses events that were pushed out of them).
 */
import { type Delta, encodeDelta, FLAG_RESTARTED, isPromotion, sizesOf, type TableRows } from '@freshet/shared/codec/delta';
import type { LogEntry } from '@freshet/shared/domain/entry';
import { CorruptionError } from '@freshet/shared/errors';
import { loadModel, type ModelPosition, START, verify } from '@freshet/shared/model/load';
import type { DeltaLog, DeltaRecord } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { ResolvedTrainerOptions } from './config.js';
import { createLearner } from './learner/create.js';
import type { Cut, Learner } from './learner/port.js';

export interface ReproduceStores {
  readonly entries: Pick<EntryLog, 'read'>;
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
}

export type ReproduceOptions = Pick<ResolvedTrainerOptions, 'model' | 'threads' | 'engine' | 'maxItems' | 'maxWords' | 'publish'> & Partial<Pick<ResolvedTrainerOptions, 'customTypes' | 'raterDays'>>;

export interface Reproduction {
  /** Versions, entries and bytes that came out equal. */
  readonly versions: number;
  readonly entries: number;
  readonly bytes: number;
  /** Versions that could not be compared: promotions, and what follows them until the next start. */
  readonly skipped: number;
  /** Starts of a trainer among them. */
  readonly starts: number;
  /** Of the chain up to the last equal version; 32 bytes. */
  readonly checksum: Buffer;
  /** The first version that differs, and what of it. */
  readonly difference?: { readonly version: number; readonly what: string };
}

/** Deltas read at once, and items of the log. */
const PAGE = 64;
const PAGE_ITEMS = 4_096;

export async function replayDeltas(stores: ReproduceStores, options: ReproduceOptions): Promise<Reproduction> {
  const learner = await createLearner({ ...options, trustedItems: false });
  try {
    return await replayAll(stores, learner);
  } finally {
    await learner.close();
  }
}

async function replayAll(stores: ReproduceStores, learner: Learner): Promise<Reproduction> {
  let position = START;
  let skipping = false;
  const equal = { versions: 0, entries: 0, bytes: 0, skipped: 0, starts: 0, checksum: START.checksum };
  for (;;) {
    const page = await stores.deltas.read(position.version, PAGE);
    if (page.length === 0) return equal;
    for (const record of page) {
      const { delta, next } = verify(record, position);
      const restarted = (delta.header.flags & FLAG_RESTARTED) !== 0;
      if (isPromotion(delta.header) || (skipping && !restarted)) {
        skipping = true;
        position = next;
        equal.skipped++;
        continue;
      }
      skipping = false;
      if (restarted) {
        await startOver(stores, learner, position);
        equal.starts++;
      }
      const entries = await readRange(stores.entries, record);
      await learner.learn(entries, { sizes: sizesOf(delta.header) });
      const difference = compare(record, delta, learner.cut());
      if (difference !== undefined) return { ...equal, difference: { version: record.version, what: difference } };
      position = next;
      equal.versions++;
      equal.entries += entries.length;
      equal.bytes += record.bytes.length;
      equal.checksum = next.checksum;
    }
  }
}

/** As a trainer starts: the published rows, and all histories up to them. */
async function startOver(stores: ReproduceStores, learner: Learner, at: ModelPosition): Promise<void> {
  await learner.reset();
  await loadModel(upTo(stores, at.version), learner.sink);
  let seq = 0;
  while (seq < at.applied) {
    const entries = (await stores.entries.read(seq, PAGE_ITEMS)).filter((entry) => entry.seq <= at.applied);
    checkNext(entries, seq);
    learner.remember(entries);
    seq = entries.at(-1)?.seq ?? seq;
  }
}

/** The stores as they were when `version` was the newest. The order of rows decides that of the negatives, so a snapshot counts. */
function upTo({ deltas, snapshots }: ReproduceStores, version: number): { deltas: DeltaLog; snapshots: SnapshotStore } {
  return {
    deltas: { ...deltas, read: async (after, limit) => (after >= version ? [] : deltas.read(after, Math.min(limit, version - after))) },
    snapshots: {
      ...snapshots,
      async latest() {
        const snapshot = await snapshots.latest();
        return snapshot !== undefined && snapshot.versionEnd <= version ? snapshot : undefined;
      },
    },
  };
}

async function readRange(log: Pick<EntryLog, 'read'>, { fromSeq, toSeq }: DeltaRecord): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let seq = fromSeq - 1; seq < toSeq; ) {
    const page = (await log.read(seq, PAGE_ITEMS)).filter((entry) => entry.seq <= toSeq);
    checkNext(page, seq);
    entries.push(...page);
    seq = page.at(-1)?.seq ?? seq;
  }
  return entries;
}

function checkNext(entries: readonly LogEntry[], after: number): void {
  if (entries[0]?.seq !== after + 1) throw new CorruptionError('log_gap', `log entry ${after + 1} is gone: the log can't be learned again from its beginning`);
}

/** What differs, in a word; undefined when the bytes are the same. */
function compare(record: DeltaRecord, published: Delta, cut: Cut): string | undefined {
  if (encodeDelta({ header: published.header, vocabulary: cut.vocabulary, tables: cut.tables }).equals(record.bytes)) return undefined;
  const tables = new Set([...published.tables, ...cut.tables].map((rows) => rows.table));
  const differing = [...tables].filter((table) => !isSame(find(published.tables, table), find(cut.tables, table)));
  return differing.length === 0 ? 'vocabulary' : differing.join(', ');
}

function find(tables: readonly TableRows[], table: TableRows['table']): TableRows | undefined {
  return tables.find((rows) => rows.table === table);
}

function isSame(a: TableRows | undefined, b: TableRows | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameWords(a.ids, b.ids) && sameWords(a.values, b.values);
}

function sameWords(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
