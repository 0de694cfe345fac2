/** Dead letters on Postgres. Counts and ages are held by `trim`, which ingest's maintenance calls. */
import type { Pool } from 'pg';
import { DEAD_LETTER_CHARS, type DeadLetter, type DeadLetters, type LetterQuery, type StoredDeadLetter } from '../../ports/dead-letters.js';
import { toLogFailure } from './entry-log-failure.js';
import { storable } from './storable.js';

/** Bounds of the short columns, so that a letter has a largest size. */
const NAME_CHARS = 128;
const DETAIL_CHARS = 1_024;

export function postgresDeadLetters(pool: Pool): DeadLetters {
  return {
    add: (letters) => add(pool, letters).catch((thrown: unknown) => Promise.reject(toLogFailure(thrown))),
    list: (query) => list(pool, query),
    find: (ids) => select(pool, 'id = any($1::bigint[]) order by id', [ids]),
    remove: async (ids) => (await pool.query('delete from freshet.dead_letter where id = any($1::bigint[])', [ids])).rowCount ?? 0,
    counts: async () => {
      const found = await pool.query<{ queue: string; n: string }>('select queue, count(*) as n from freshet.dead_letter group by queue');
      return new Map(found.rows.map((row) => [row.queue, Number(row.n)]));
    },
    trim: (maxCount, maxAgeMs) => trim(pool, maxCount, maxAgeMs),
  };
}

async function add(pool: Pool, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const column = (cut: number, of: (letter: DeadLetter) => string): string[] => letters.map((letter) => storable(of(letter), cut));
  await pool.query({
    name: 'dead-letters-add',
    text: `insert into freshet.dead_letter (queue, source, code, pointer, detail, payload)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])`,
    values: [
      column(NAME_CHARS, (l) => l.queue), column(NAME_CHARS, (l) => l.source), column(NAME_CHARS, (l) => l.code),
      column(DETAIL_CHARS, (l) => l.pointer), column(DETAIL_CHARS, (l) => l.detail), column(DEAD_LETTER_CHARS, (l) => l.payload),
    ],
  });
}

interface Row extends Omit<StoredDeadLetter, 'id' | 'refusedAt'> {
  readonly id: string;
  readonly refused_at: Date;
}

function list(pool: Pool, { limit, queue, code, before, after }: LetterQuery): Promise<readonly StoredDeadLetter[]> {
  const where = `($1::text is null or queue = $1) and ($2::text is null or code = $2)
    and ($3::bigint is null or id < $3) and ($4::bigint is null or id > $4)
    order by id ${after === undefined ? 'desc' : 'asc'} limit $5`;
  return select(pool, where, [queue ?? null, code ?? null, before ?? null, after ?? null, limit]);
}

async function select(pool: Pool, where: string, values: readonly unknown[]): Promise<readonly StoredDeadLetter[]> {
  const found = await pool
    .query<Row>(`select id, queue, source, code, pointer, detail, payload, refused_at from freshet.dead_letter where ${where}`, [...values])
    .catch((thrown: unknown) => Promise.reject(toLogFailure(thrown)));
  return found.rows.map(({ id, refused_at, ...letter }) => ({ ...letter, id: Number(id), refusedAt: refused_at.getTime() }));
}

async function trim(pool: Pool, maxCount: number, maxAgeMs: number): Promise<number> {
  const deleted = await pool.query(
    `delete from freshet.dead_letter where refused_at < now() - make_interval(secs => $2)
     or id <= (select id from freshet.dead_letter order by id desc offset $1 limit 1)`,
    [maxCount, maxAgeMs / 1_000],
  );
  return deleted.rowCount ?? 0;
}
