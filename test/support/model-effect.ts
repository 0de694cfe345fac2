/**
 * What the published model says it has learned, against the log: an item's `count` is the number of its events. A delta
 * applied twice, or an event trained twice, shows here even when the ranges of the deltas look right.
 */
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { meaningOf } from '@freshet/shared/domain/event';
import { STAT } from '@freshet/shared/domain/tables';
import { loadModel } from '@freshet/shared/model/load';
import type { Pool } from 'pg';
import { expect } from 'vitest';

const PAGE = 5_000;

export async function expectEffectOnce(databaseUrl: string): Promise<void> {
  const pool = createPool({ url: databaseUrl, applicationName: 'freshet-effect-check', maxConnections: 3, onError: () => undefined });
  try {
    const { counts, applied } = await countsInModel(pool);
    expect(counts).toEqual(await countsInLog(pool, applied));
  } finally {
    await pool.end();
  }
}

async function countsInModel(pool: Pool): Promise<{ counts: Map<string, number>; applied: number }> {
  const names = new Map<number, string>();
  const byRow = new Map<number, number>();
  const stores = { deltas: postgresDeltaLog({ pool, clock: systemClock }), snapshots: postgresSnapshotStore(pool) };
  const { applied } = await loadModel(stores, {
    name(row, name, table) {
      if (table === undefined) names.set(row, name);
    },
    write(table, ids, values) {
      if (table === 'stat') ids.forEach((row, place) => byRow.set(row, values[place * STAT.words + STAT.count] ?? 0));
    },
  });
  const counts = new Map([...byRow].flatMap(([row, count]) => (count > 0 ? [[names.get(row) ?? `row ${row}`, count] as const] : [])));
  return { counts, applied };
}

async function countsInLog(pool: Pool, upTo: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const log = postgresEntryLog(pool);
  for (let seq = 0; seq < upTo; ) {
    const entries = await log.read(seq, PAGE);
    for (const entry of entries) {
      if (entry.kind !== 'events' || entry.seq > upTo) continue;
      for (const event of entry.events) {
        if (event.item !== undefined && meaningOf(event).effect === 'positive') counts.set(event.item, (counts.get(event.item) ?? 0) + 1);
      }
    }
    seq = entries.at(-1)?.seq ?? upTo;
  }
  return counts;
}
