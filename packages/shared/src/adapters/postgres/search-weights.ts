/** Search's weights on Postgres: see port `SearchWeightsStore`. What was taken is what the recommendation log has joined. */
import type { Pool } from 'pg';
import type { ClickedSearch } from '../../domain/search-weights/choice-model.js';
import { DEFAULT_VERSION, DEFAULT_WEIGHTS, type SearchWeights } from '../../domain/search-weights/weights.js';
import type { LearnedWeights } from '../../domain/search-weights/learn.js';
import { type SearchWeightsStore, TRIALS_KEPT, type WeightsTrial } from '../../ports/search-weights.js';
import { inTransaction } from './in-transaction.js';
import { storable } from './storable.js';
import { fromBigint } from './user-ref-bigint.js';

/** Numbers first, arrays of the chosen ones after: most feedback is of other lists. */
const CLICKED = `
  with taken as materialized (
    select list as id, array_agg(distinct place order by place) as places from freshet.recommendation_feedback where revenue >= 0 group by list),
  ranked as (
    select l.id, t.places, l.user_ref, row_number() over (partition by l.user_ref order by l.id desc) as nth
    from taken t join freshet.recommendation_list l on l.id = t.id
    where l.method = 'search' and l.rung = 'text' and l.skipped = 0 and l.features is not null and l.made_at >= $1),
  chosen as (select id, places from ranked where nth <= $3 or user_ref is null order by id desc limit $2)
  select l.id, l.made_at as "madeAt", l.user_ref as shopper, c.places as taken, l.features from chosen c join freshet.recommendation_list l on l.id = c.id order by l.id`;

interface ClickedRow {
  readonly id: number;
  readonly madeAt: number;
  readonly shopper: number | bigint | null;
  readonly taken: readonly number[];
  readonly features: readonly number[];
}

interface TrialRow extends Omit<SearchWeights, 'text'> {
  readonly version: number;
  readonly learned_at: Date;
  readonly based_on: number;
  readonly figures: Omit<LearnedWeights, 'weights' | 'refusal'>;
  readonly refusal_code: 'worse' | 'uncertain' | null;
  readonly refusal: string | null;
}

const IN_FORCE = 'select version, words, shopper, popularity, unavailable from freshet.search_weights where refusal_code is null order by version desc limit 1';
const REFUSAL_CHARS = 500;

export function postgresSearchWeights(pool: Pool): SearchWeightsStore {
  return {
    async clicked({ since, limit, ofShopper }) {
      const found = await pool.query<ClickedRow>({ name: 'search-weights-clicked', text: CLICKED, values: [Math.round(since), limit, ofShopper] });
      return found.rows.map(({ shopper, ...row }): ClickedSearch => ({ ...row, shopper: shopper === null ? undefined : fromBigint(BigInt(shopper)) }));
    },
    async inForce() {
      const found = await pool.query<Omit<SearchWeights, 'text'> & { version: number }>({ name: 'search-weights-in-force', text: IN_FORCE });
      const [row] = found.rows;
      if (row === undefined) return { version: DEFAULT_VERSION, weights: DEFAULT_WEIGHTS };
      const { version, ...weights } = row;
      return { version, weights: { text: DEFAULT_WEIGHTS.text, ...weights } };
    },
    async trials(limit) {
      const found = await pool.query<TrialRow>({ name: 'search-weights-trials', text: 'select * from freshet.search_weights order by version desc limit $1', values: [limit] });
      return found.rows.map(trialOf);
    },
    add: ({ basedOn, weights, refusal, ...figures }, newest) =>
      inTransaction(pool, async (session) => {
        const written = await session.query(
          `insert into freshet.search_weights (version, based_on, words, shopper, popularity, unavailable, figures, refusal_code, refusal)
           select $1, $2, $3, $4, $5, $6, $7, $8, $9 where not exists (select 1 from freshet.search_weights where version >= $1)
           on conflict (version) do nothing`,
          [newest + 1, basedOn, weights.words, weights.shopper, weights.popularity, weights.unavailable, JSON.stringify(figures), refusal?.code ?? null, refusal === undefined ? null : storable(refusal.message, REFUSAL_CHARS)],
        );
        if (written.rowCount !== 1) return false;
        await session.query(`delete from freshet.search_weights where version <= $1 and version <> coalesce((select version from (${IN_FORCE}) as in_force), 0)`, [newest + 1 - TRIALS_KEPT]);
        return true;
      }),
  };
}

function trialOf({ version, learned_at: learnedAt, based_on: basedOn, words, shopper, popularity, unavailable, figures, refusal_code: code, refusal }: TrialRow): WeightsTrial {
  return {
    ...figures, version, basedOn, learnedAt: learnedAt.getTime(),
    weights: { text: DEFAULT_WEIGHTS.text, words, shopper, popularity, unavailable },
    refusal: code === null ? undefined : { code, message: refusal ?? '' },
  };
}
