/**
 * Looks through a model that was loaded aside, before it may answer: what no single chunk or delta can show.
 *
 * names      a row that can be recommended has a name, and no name stands for two rows
 * followers  point at rows that are there
 * catalogue  model and catalogue name the same items: at least half of the described ones of whichever has fewer are in the other, else
 *            one of them is another shop's. (A model that was just imported comes before its catalogue, which then grows item by item.)
 * In slices: `rest` is awaited between them.
 */
import { CATALOGUED, STAT } from '@freshet/shared/domain/tables';
import { CorruptionError } from '@freshet/shared/errors';
import type { TableSet } from '../store/table-set.js';

export interface KnownItems {
  /** Whether the catalogue has ever described this item. */
  has(id: string): boolean;
  /** Items that it has ever described. */
  size(): number;
  /** The log entry that the catalogue is folded up to. */
  seq(): number;
}

export interface VerifyParts {
  readonly known: KnownItems;
  /** The newest entry that the model has learned. */
  readonly applied: number;
  readonly rest: () => Promise<void>;
}

/** Rows looked at in one go. */
const SLICE = 2_048;
/** Fewer described items, of the model or of the catalogue, say nothing about whose model it is. */
const LEAST_DESCRIBED = 20;
const LEAST_KNOWN = 0.5;

export async function verifySet(set: TableSet, { known, applied, rest }: VerifyParts): Promise<void> {
  const described = { all: 0, known: 0 };
  for (let from = 0; from < set.rows; from += SLICE) {
    const rows = { from, to: Math.min(set.rows, from + SLICE) };
    checkNames(set, rows);
    // Rows behind the capacity were left out, and may be followers.
    if (set.dropped === 0) checkFollowers(set, rows);
    countDescribed(set, rows, { known, described });
    await rest();
  }
  // A catalogue that lies behind the model can't know all of its items yet.
  const comparable = Math.min(described.all, known.size());
  if (known.seq() < applied || comparable < LEAST_DESCRIBED || described.known >= LEAST_KNOWN * comparable) return;
  throw new CorruptionError('model_catalogue', `the catalogue, of ${known.size()} items, knows ${described.known} of the ${described.all} that the model says the shop has described: it belongs to another one`);
}

interface Rows {
  readonly from: number;
  readonly to: number;
}

function checkNames(set: TableSet, { from, to }: Rows): void {
  for (let row = Math.max(1, from); row < to; row++) {
    const name = set.nameOf(row);
    if (name === undefined) {
      if ((set.scale[row] ?? 0) !== 0) throw new CorruptionError('model_names', `item row ${row} has an embedding and no name`);
    } else if (set.rowOf(name) !== row) {
      throw new CorruptionError('model_names', `item rows ${row} and ${set.rowOf(name)} have the same name`);
    }
  }
}

function checkFollowers({ followers, rows, layout: { slots } }: TableSet, { from, to }: Rows): void {
  for (let cell = from * slots; cell < to * slots; cell++) {
    const follower = followers[cell] ?? 0;
    if (follower >= rows) throw new CorruptionError('model_followers', `a follower of item row ${Math.floor(cell / slots)} is row ${follower}, and there are ${rows}`);
  }
}

function countDescribed(set: TableSet, { from, to }: Rows, { known, described }: { readonly known: KnownItems; readonly described: { all: number; known: number } }): void {
  for (let row = Math.max(1, from); row < to; row++) {
    if (((set.stat[row * STAT.words + STAT.users] ?? 0) & CATALOGUED) === 0) continue;
    described.all++;
    const name = set.nameOf(row);
    if (name !== undefined && known.has(name)) described.known++;
  }
}
