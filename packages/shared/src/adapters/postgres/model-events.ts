/** The model's events on Postgres. Number and age are held by `trim`. */
import type { Pool, PoolClient } from 'pg';
import { MODEL_EVENT_KINDS, type ModelEvent, type ModelEvents, REASON_CHARS, type StoredModelEvent } from '../../ports/model-events.js';
import { inTransaction } from './in-transaction.js';
import { storable } from './storable.js';

const REPLICA_CHARS = 128;

interface Row {
  readonly id: number;
  readonly at: Date;
  readonly kind: string;
  readonly version: number;
  readonly previous: number | null;
  readonly replica: string;
  readonly reason: string;
}

/** First key of the lock that `addOnce` takes for its transaction; the second is the lineage. */
const ONCE_LOCK = 0x46_52_45;

export function postgresModelEvents(pool: Pool, lineage = 1): ModelEvents {
  const insert = async (session: Pool | PoolClient, { kind, version, previous, replica, reason }: ModelEvent): Promise<void> => {
    await session.query('insert into freshet.model_event (lineage, kind, version, previous, replica, reason) values ($1, $2, $3, $4, $5, $6)', [
      lineage, kind, version, previous ?? null, storable(replica, REPLICA_CHARS), storable(reason, REASON_CHARS),
    ]);
  };
  return {
    add: (event) => insert(pool, event),
    addOnce: (event, withinMs) =>
      inTransaction(pool, async (session) => {
        await session.query('select pg_advisory_xact_lock($1, $2)', [ONCE_LOCK, lineage]);
        // clock_timestamp: now() is when the transaction began, which may be before the lock's last holder wrote.
        const found = await session.query(
          'select from freshet.model_event where lineage = $1 and kind = $2 and at > clock_timestamp() - make_interval(secs => $3) limit 1',
          [lineage, event.kind, withinMs / 1_000],
        );
        if (found.rows.length > 0) return false;
        await insert(session, event);
        return true;
      }),
    async list(limit, before = Number.MAX_SAFE_INTEGER) {
      const found = await pool.query<Row>(
        'select id, at, kind, version, previous, replica, reason from freshet.model_event where lineage = $1 and id < $2 order by id desc limit $3',
        [lineage, before, limit],
      );
      return found.rows.flatMap(eventOf);
    },
    async trim(maxCount, maxAgeMs) {
      const deleted = await pool.query(
        `delete from freshet.model_event where lineage = $1 and (at < now() - make_interval(secs => $3)
         or id <= (select id from freshet.model_event where lineage = $1 order by id desc offset $2 limit 1))`,
        [lineage, maxCount, maxAgeMs / 1_000],
      );
      return deleted.rowCount ?? 0;
    },
  };
}

/** What a later release has added means nothing here. */
function eventOf({ id, at, kind, version, previous, replica, reason }: Row): StoredModelEvent[] {
  const known = MODEL_EVENT_KINDS.find((name) => name === kind);
  return known === undefined ? [] : [{ id, at: at.getTime(), kind: known, version, ...(previous === null ? {} : { previous }), replica, reason }];
}
