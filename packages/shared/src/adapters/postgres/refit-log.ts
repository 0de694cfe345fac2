/** Refits on Postgres. One is under way at most: a partial unique index says so. */
import type { Pool } from 'pg';
import type { Candidate } from '../../ports/candidates.js';
import { REASON_CHARS } from '../../ports/model-events.js';
import { type Refit, REFIT_STATES, type RefitLog, type RefitOptions, type RefitReport } from '../../ports/refit-log.js';
import { storable } from './storable.js';

interface Row {
  readonly id: number;
  readonly state: string;
  readonly reason: string;
  readonly options: RefitOptions;
  readonly asked_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly candidate: string | null;
  readonly report: (RefitReport & { readonly candidate?: Omit<Candidate, 'id'> }) | null;
  readonly outcome: string;
  readonly version: number | null;
}

const COLUMNS = 'id, state, reason, options, asked_at, started_at, ended_at, candidate, report, outcome, version';

export function postgresRefitLog(pool: Pool, lineage = 1): RefitLog {
  const select = async (where: string, values: unknown[]): Promise<Refit[]> => {
    const found = await pool.query<Row>(`select ${COLUMNS} from freshet.refit where lineage = $1 and ${where}`, [lineage, ...values]);
    return found.rows.flatMap(refitOf);
  };
  return {
    async ask(reason, options) {
      const asked = await pool.query<Row>(
        `insert into freshet.refit (lineage, state, reason, options) values ($1, 'asked', $2, $3)
         on conflict (lineage) where state in ('asked', 'running', 'ready') do nothing returning ${COLUMNS}`,
        [lineage, storable(reason, REASON_CHARS), JSON.stringify(options)],
      );
      return asked.rows.flatMap(refitOf)[0];
    },
    underWay: async () => (await select(`state in ('asked', 'running', 'ready')`, []))[0],
    list: (limit) => select('true order by id desc limit $2', [limit]),
    find: async (id) => (await select('id = $2', [id]))[0],
    async begin(id, epoch) {
      const begun = await pool.query(
        `update freshet.refit set state = 'running', started_at = now(), epoch = $3, candidate = null, report = null
         where lineage = $1 and id = $2 and state in ('asked', 'running', 'ready') and coalesce(epoch, 0) <= $3`,
        [lineage, id, epoch],
      );
      return begun.rowCount === 1;
    },
    async ready(id, epoch, { candidate, report }) {
      const { chunks, bytes, manifest } = candidate;
      const made = await pool.query(
        `update freshet.refit set state = 'ready', candidate = $4, report = $5 where lineage = $1 and id = $2 and state = 'running' and epoch = $3`,
        [lineage, id, epoch, candidate.id, JSON.stringify({ ...report, candidate: { chunks, bytes, manifest } })],
      );
      return made.rowCount === 1;
    },
    async end(id, state, { outcome, report }) {
      await pool.query(
        `update freshet.refit set state = $3, outcome = $4, report = coalesce($5, report), ended_at = now()
         where lineage = $1 and id = $2 and state in ('asked', 'running', 'ready')`,
        [lineage, id, state, storable(outcome, REASON_CHARS), report === undefined ? null : JSON.stringify(report)],
      );
    },
  };
}

function refitOf(row: Row): Refit[] {
  const state = REFIT_STATES.find((one) => one === row.state);
  if (state === undefined) return [];
  const { candidate: size, ...report } = row.report ?? {};
  return [
    {
      id: row.id,
      state,
      reason: row.reason,
      options: row.options,
      askedAt: row.asked_at.getTime(),
      ...(row.started_at === null ? {} : { startedAt: row.started_at.getTime() }),
      ...(row.ended_at === null ? {} : { endedAt: row.ended_at.getTime() }),
      ...(row.candidate === null || size === undefined ? {} : { candidate: { id: row.candidate, ...size } }),
      ...(row.report === null ? {} : { report: report as RefitReport }),
      outcome: row.outcome,
      ...(row.version === null ? {} : { version: row.version }),
    },
  ];
}
