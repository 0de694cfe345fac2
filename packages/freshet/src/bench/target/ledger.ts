/** What the database says after a run, in a few sums: is every accepted event there once, and learned once? */
import { createPool } from '@freshet/shared/adapters/postgres/pool';

export interface Ledger {
  /** Events in the log. */
  readonly events: number;
  /** Events and catalogue changes in the log. */
  readonly items: number;
  /** Different ids of those that were kept, without those that a bench has filled in. */
  readonly ids: number;
  readonly entries: number;
  /** The log's counter: entries without a gap reach from 1 to here. */
  readonly last: number;
  readonly applied: number;
  /** Versions that don't begin right after the one before them: 0 when each entry was learned once. */
  readonly breaks: number;
  readonly versions: number;
}

const LEDGER = `
  select
    (select coalesce(sum(count), 0)::bigint from log_entry where kind = 'events') as events,
    (select coalesce(sum(count), 0)::bigint from log_entry) as items,
    (select count(*) from (
       select id from event_id_current where batch > 0 union select id from event_id_previous where batch > 0) ids) as ids,
    (select count(*) from log_entry) as entries,
    (select last from log_counter) as last,
    (select max(applied) from trainer_state) as applied,
    (select count(*) from delta) as versions,
    (select count(*) from (
       select from_seq - lag(to_seq) over (order by version) as step, version - lag(version) over (order by version) as next from delta
     ) steps where step <> 1 or next <> 1) as breaks`;

export async function readLedger(url: string): Promise<Ledger> {
  const pool = createPool({ url, applicationName: 'freshet-bench', maxConnections: 1, onError: () => undefined });
  try {
    const { rows } = await pool.query<Ledger>(LEDGER);
    const [ledger] = rows;
    if (ledger === undefined) throw new RangeError('the ledger is empty');
    return ledger;
  } finally {
    await pool.end();
  }
}

/** `accepted`: events that clients were told are in, all of this log. Nothing may be there that has no id of its own. */
export function compareLedger({ events, items, ids }: Ledger, accepted: number): { readonly lost: number; readonly doubled: number } {
  return { lost: Math.max(0, accepted - events), doubled: Math.max(0, items - ids) };
}
