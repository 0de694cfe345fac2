/**
 * The ledger check: what must hold after any fault.
 *
 * 1. Every id that a client saw acknowledged stands in the log exactly once.
 * 2. The log has no gap, its counter agrees with its entries, and `applied` reaches its end.
 * 3. Versions have no gap, and the entries they say they have learned cover 1 … applied without overlap.
 */
import type { Client } from 'pg';
import { decodePayload } from '@freshet/shared/codec/payload';

export interface Ledger {
  readonly entries: number;
  readonly events: number;
  readonly applied: number;
  readonly versions: number;
  /** Human sentences; empty when all is well. */
  readonly faults: readonly string[];
}

interface EntryRow {
  readonly seq: string;
  readonly kind: 'events' | 'catalogue';
  readonly count: number;
  readonly total: string;
  readonly skip: number[] | null;
  readonly payload: Buffer;
}

export async function checkLedger(client: Client, acknowledged: Iterable<string>): Promise<Ledger> {
  const faults: string[] = [];
  const entries = (await client.query<EntryRow>('select seq, kind, count, total, skip, payload from freshet.log_entry order by seq')).rows;
  const ids = new Map<string, number>();
  let total = 0;
  for (const [place, entry] of entries.entries()) {
    if (Number(entry.seq) !== place + 1) faults.push(`entry ${place + 1} is missing: ${entry.seq} stands in its place`);
    total += entry.count;
    if (Number(entry.total) !== total) faults.push(`entry ${entry.seq} says ${entry.total} items in all, there are ${total}`);
    for (const id of eventIds(entry)) ids.set(id, (ids.get(id) ?? 0) + 1);
  }
  for (const [id, times] of ids) if (times > 1) faults.push(`event ${id} stands ${times} times in the log`);
  for (const id of acknowledged) if (!ids.has(id)) faults.push(`event ${id} was acknowledged and is lost`);
  const chain = await checkChain(client, faults);
  if (chain.applied !== entries.length) faults.push(`${chain.applied} of ${entries.length} entries are applied`);
  return { entries: entries.length, events: ids.size, ...chain, faults };
}

function eventIds(entry: EntryRow): string[] {
  const body = decodePayload(entry.kind, entry.payload, entry.skip ?? []);
  return body.kind === 'events' ? body.events.map((event) => event.id) : [];
}

async function checkChain(client: Client, faults: string[]): Promise<{ applied: number; versions: number }> {
  const state = (await client.query<{ version: string; applied: string }>('select version, applied from freshet.trainer_state')).rows[0];
  const deltas = (await client.query<{ version: string; from_seq: string; to_seq: string }>('select version, from_seq, to_seq from freshet.delta order by version')).rows;
  let next = Number(deltas[0]?.from_seq ?? 1);
  let version = Number(deltas[0]?.version ?? 1);
  for (const delta of deltas) {
    if (Number(delta.version) !== version) faults.push(`version ${version} is missing`);
    if (Number(delta.from_seq) !== next) faults.push(`version ${delta.version} begins at entry ${delta.from_seq} instead of ${next}`);
    next = Number(delta.to_seq) + 1;
    version = Number(delta.version) + 1;
  }
  const applied = Number(state?.applied ?? 0);
  if (next - 1 !== applied) faults.push(`the deltas reach entry ${next - 1}, the trainer says ${applied}`);
  if (version - 1 !== Number(state?.version ?? 0)) faults.push(`the newest delta is version ${version - 1}, the trainer says ${state?.version}`);
  return { applied, versions: deltas.length };
}
