/**
 * A delta of very many rows, written into a copy of the model beside it, a part a turn of the event loop: in place it would have to be
 * one synchronous step, which would hold up every request meanwhile (docs/decisions/034). A copy costs as much as the whole model has
 * rows, so the deltas that wait behind such a one go into the same copy.
 *
 * 1. The copy is made and changed while answers come from the other set; the follower, its only writer, waits for it.
 * 2. What the catalogue says meanwhile reaches both (TablePool.refresh).
 */
import type { Delta } from '@freshet/shared/codec/delta';
import { applyInTurns } from '@freshet/shared/model/load';
import type { TablePool } from '../store/table-pool.js';
import type { TableSet } from '../store/table-set.js';
import type { Turns } from './turns.js';

/** Rows that are written in place in one step: some milliseconds. */
const ROWS_IN_PLACE = 4_096;

export function isLarge(delta: Delta): boolean {
  return rowsOf(delta) > ROWS_IN_PLACE;
}

/** Of all tables. */
export function rowsOf({ tables }: Delta): number {
  return tables.reduce((rows, { ids }) => rows + ids.length, 0);
}

export interface AsideTools {
  readonly pool: Pick<TablePool, 'copy' | 'give'>;
  readonly turns: Turns;
}

/** Another table set with the rows of `set` and, over them, those of the deltas, one after the other. `set` is left as it is. */
export async function applyAside(set: TableSet, deltas: AsyncIterable<Delta>, { pool, turns: { begin, rest } }: AsideTools): Promise<TableSet> {
  begin();
  const aside = await pool.copy(set, rest);
  try {
    for await (const delta of deltas) await applyInTurns(delta, aside, rest);
    return aside;
  } catch (thrown) {
    pool.give(aside);
    throw thrown;
  }
}
