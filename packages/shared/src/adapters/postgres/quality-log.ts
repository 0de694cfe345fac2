/** Prequential windows on Postgres. An append is one statement: fenced, and once per first entry. */
import type { Pool } from 'pg';
import type { QualityLog, QualityWindow } from '../../ports/quality-log.js';

interface Row {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly version: number;
  readonly began_at: number;
  readonly ended_at: number;
  readonly tested: number;
  readonly hits_10: number;
  readonly ndcg_10: number;
  readonly examples: number;
  readonly loss: number;
  readonly popularity_hits_10: number;
  readonly follow_hits_10: number;
  readonly rated: number;
  readonly rating_squares: number;
  readonly rating_absolutes: number;
}

const COLUMNS = 'from_seq, to_seq, version, began_at, ended_at, tested, hits_10, ndcg_10, examples, loss, popularity_hits_10, follow_hits_10, rated, rating_squares, rating_absolutes';

export function postgresQualityLog(pool: Pool, lineage = 1): QualityLog {
  return {
    async append(window, epoch) {
      const written = await pool.query({
        name: 'quality-append',
        text: `insert into freshet.prequential_window (lineage, ${COLUMNS})
          select lineage, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17 from freshet.trainer_state
          where lineage = $1 and epoch = $2 and applied >= $4
          on conflict (lineage, from_seq) do nothing`,
        values: [lineage, epoch, ...valuesOf(window)],
      });
      return written.rowCount === 1;
    },
    async recent(limit, before = Number.MAX_SAFE_INTEGER) {
      const found = await pool.query<Row>({
        name: 'quality-recent',
        text: `select ${COLUMNS} from freshet.prequential_window where lineage = $1 and from_seq < $3 order by from_seq desc limit $2`,
        values: [lineage, limit, before],
      });
      return found.rows.map(windowOf);
    },
    async between({ after, upTo }, limit) {
      const found = await pool.query<Row>({
        name: 'quality-between',
        text: `select ${COLUMNS} from freshet.prequential_window where lineage = $1 and version > $2 and version <= $3
          and version >= coalesce((select max(version) from freshet.promotion where lineage = $1 and version <= $3), 0)
          order by from_seq desc limit $4`,
        values: [lineage, after, upTo, limit],
      });
      return found.rows.map(windowOf);
    },
    async trim(maxCount, maxAgeMs) {
      const deleted = await pool.query(
        `delete from freshet.prequential_window where lineage = $1 and (written_at < now() - make_interval(secs => $3)
         or from_seq <= (select from_seq from freshet.prequential_window where lineage = $1 order by from_seq desc offset $2 limit 1))`,
        [lineage, maxCount, maxAgeMs / 1_000],
      );
      return deleted.rowCount ?? 0;
    },
  };
}

/** In the order of COLUMNS. */
function valuesOf(window: QualityWindow): readonly number[] {
  const { fromSeq, toSeq, version, beganAt, endedAt, tested, hits10, ndcg10, examples, loss, popularityHits10, followHits10, ratings } = window;
  return [fromSeq, toSeq, version, Math.round(beganAt), Math.round(endedAt), tested, hits10, ndcg10, examples, loss, popularityHits10, followHits10, ratings?.count ?? 0, ratings?.squares ?? 0, ratings?.absolutes ?? 0];
}

function windowOf(row: Row): QualityWindow {
  return {
    fromSeq: row.from_seq,
    toSeq: row.to_seq,
    version: row.version,
    beganAt: row.began_at,
    endedAt: row.ended_at,
    tested: row.tested,
    hits10: row.hits_10,
    ndcg10: row.ndcg_10,
    examples: row.examples,
    loss: row.loss,
    popularityHits10: row.popularity_hits_10,
    followHits10: row.follow_hits_10,
    ...(row.rated === 0 ? {} : { ratings: { count: row.rated, squares: row.rating_squares, absolutes: row.rating_absolutes } }),
  };
}
