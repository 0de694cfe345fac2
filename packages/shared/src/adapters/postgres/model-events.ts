/** The model's events on Postgres. Number and age are held by `trim`. */
import type { Pool } from 'pg';
import { MODEL_EVENT_KINDS, type ModelEvents, REASON_CHARS, type StoredModelEvent } from '../../ports/model-events.js';
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

export function postgresModelEvents(pool: Pool, lineage = 1): ModelEvents {
  return {
    async add({ kind, version, previous, replica, reason }) {
      await pool.query('insert into freshet.model_event (lineage, kind, version, previous, replica, reason) values ($1, $2, $3, $4, $5, $6)', [
        lineage, kind, version, previous ?? null, storable(replica, REPLICA_CHARS), storable(reason, REASON_CHARS),
      ]);
    },
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
