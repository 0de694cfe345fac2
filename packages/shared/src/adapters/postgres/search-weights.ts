/** Search's weights on Postgres: see port `SearchWeightsStore`. What was taken is what the recommendation log has joined. */
import type { Pool } from 'pg';
import { HOUR_MS } from '../../domain/recommendations.js';
import { DEFAULT_VERSION, DEFAULT_WEIGHTS, type SearchWeights } from '../../domain/search-weights/weights.js';
import type { LearnedWeights } from '../../domain/search-weights/learn.js';
import { type SearchWeightsStore, TRIALS_KEPT, type WeightsTrial } from '../../ports/search-weights.js';
import { readClicked } from './clicked-searches.js';
import { inTransaction } from './in-transaction.js';
import { storable } from './storable.js';

/** Each search of which something was taken has added to these at least once, in the hour in which it was made or, folded, in that day's first (recommendation-outcome-fold). */
const TAKEN = `
  select coalesce(sum(clicks + carts + purchases), 0)::bigint as taken from freshet.recommendation_outcome
  where hour >= $1 and method = 'search' and rung = 'text'`;

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
const DAY_HOURS = 24;

export function postgresSearchWeights(pool: Pool): SearchWeightsStore {
  return {
    async takenSince(since) {
      const found = await pool.query<{ taken: number }>({ name: 'search-weights-taken', text: TAKEN, values: [DAY_HOURS * Math.floor(since / (DAY_HOURS * HOUR_MS))] });
      return found.rows[0]?.taken ?? 0;
    },
    clicked: (query) => readClicked(pool, query),
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
