/**
 * What search's weights are learned from (port `SearchWeightsStore`): searches of which something was taken, read from the newest back in pages of PAGE lists,
 * as far as they are wanted.
 *
 * 1. No query looks at more than a page: by the keys of feedback backwards, and of each list once. So nothing is sorted as a whole, and nobody waits long for a connection.
 * 2. It ends with as many searches as are wanted, or with a page whose lists are all older. Lists are numbered as they come to the database, which is nearly as
 *    they were made.
 */
import type { Pool } from 'pg';
import type { ClickedSearch } from '../../domain/search-weights/choice-model.js';
import type { ClickedQuery } from '../../ports/search-weights.js';
import { fromBigint } from './user-ref-bigint.js';

const PAGE = 2_000;

/**
 * The page's size is a number here and no parameter, and each list is looked up by its key for itself (a limit keeps the planner from joining): it counts
 * every partition as looked at for every row, and would sooner read them all.
 */
const NEWEST_BEFORE = `
  with taken as (
    select list as id, array_agg(distinct place order by place) as places from freshet.recommendation_feedback
    where list < $1 and revenue >= 0 group by list order by list desc limit ${PAGE})
  select t.id, t.places as taken, l.made_at as "madeAt", l.user_ref as shopper, l.features from taken t
  left join lateral (
    select made_at, user_ref, case when method = 'search' and rung = 'text' and skipped = 0 and made_at >= $2 then features end as features
    from freshet.recommendation_list where id = t.id limit 1) l on true
  order by t.id desc`;

interface Row {
  readonly id: number;
  readonly taken: readonly number[];
  /** Null: the list has just been dropped. */
  readonly madeAt: number | null;
  readonly shopper: number | bigint | null;
  /** Null: nothing is learned from it. */
  readonly features: readonly number[] | null;
}

export async function readClicked(pool: Pool, { since, limit, ofShopper }: ClickedQuery): Promise<readonly ClickedSearch[]> {
  const counts = new Map<string, number>();
  const mayCount = (shopper: string | undefined): boolean => {
    if (shopper === undefined) return true;
    const nth = (counts.get(shopper) ?? 0) + 1;
    counts.set(shopper, nth);
    return nth <= ofShopper;
  };
  const newestFirst: ClickedSearch[] = [];
  for (let before = Number.MAX_SAFE_INTEGER; newestFirst.length < limit; ) {
    const { rows } = await pool.query<Row>({ name: 'search-weights-clicked', text: NEWEST_BEFORE, values: [before, Math.round(since)] });
    for (const row of rows) {
      const search = searchOf(row);
      if (search !== undefined && mayCount(search.shopper)) newestFirst.push(search);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE || rows.every(({ madeAt }) => (madeAt ?? 0) < since)) break;
    before = last.id;
  }
  return newestFirst.slice(0, limit).reverse();
}

function searchOf({ id, taken, madeAt, shopper, features }: Row): ClickedSearch | undefined {
  if (features === null || madeAt === null) return undefined;
  return { id, madeAt, shopper: shopper === null ? undefined : fromBigint(BigInt(shopper)), taken, features };
}
