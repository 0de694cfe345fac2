/** The way of one event through log and delta log, read from Postgres. */
import type { Pool } from 'pg';
import { eventKey } from '../../domain/keys.js';
import type { EventTrace, TraceStore } from '../../ports/trace-store.js';

interface TraceRow {
  readonly seq: number;
  readonly received_at: number;
  readonly historical: boolean;
  readonly applied: boolean;
  readonly version: number | null;
  readonly delta_received_at: number;
  readonly taken_at: number;
  readonly trained_at: number;
  readonly committed_at: number;
}

/** An id is known for one to two rotations; its entry for the log's retention. */
const FIND = `
  with seen as (
    select batch from freshet.event_id_current where id = $1::uuid
    union all
    select batch from freshet.event_id_previous where id = $1::uuid
    limit 1),
  entry as (
    select e.seq, e.received_at, e.historical from freshet.log_entry e join seen using (batch) limit 1)
  select e.seq, e.received_at, e.historical, e.seq <= s.applied as applied, d.version,
         d.received_at as delta_received_at, d.taken_at, d.trained_at, d.committed_at
  from entry e
  join freshet.trainer_state s on s.lineage = $2
  left join lateral (
    select * from freshet.delta d where d.lineage = $2 and d.to_seq >= e.seq and d.from_seq <= e.seq order by d.to_seq limit 1) d on true`;

export function postgresTraceStore(pool: Pool, lineage = 1): TraceStore {
  return {
    async find(producer, id) {
      const found = await pool.query<TraceRow>({ name: 'event-trace', text: FIND, values: [Buffer.from(eventKey(producer, id), 'latin1').toString('hex'), lineage] });
      const row = found.rows[0];
      return row === undefined ? undefined : traceOf(row);
    },
  };
}

function traceOf(row: TraceRow): EventTrace {
  const timings = { receivedAt: row.delta_received_at, takenAt: row.taken_at, trainedAt: row.trained_at, committedAt: row.committed_at };
  return {
    seq: row.seq,
    receivedAt: row.received_at,
    historical: row.historical,
    applied: row.applied,
    ...(row.version === null ? {} : { learned: { version: row.version, timings } }),
  };
}
