/**
 * Folds old sums of the recommendation log: by the hour they are asked for while they grow; what is older is kept by the day.
 *
 * A shop that makes ten versions a second has a thousand of them every hundred seconds, and each thousand has sums of its own: in 90 days millions of rows,
 * which a question would read whole. So beyond OUTCOME_HOURLY_DAYS the sums of a day (of UTC) are one, in its first hour, and with them the day's
 * versions; those under a label stay apart, they are few.
 * 1. Every count stays: sums over whole days are what they were.
 * 2. One statement a day, oldest first, one day at a time: a crash leaves it folded or not.
 * 3. What is joined to a day after that is folded into it again.
 * A folded row's `versions` is −1 − its first thousand, so it is never folded twice and never takes an hour's place.
 */
import type { Pool } from 'pg';
import { OUTCOME_HOURLY_DAYS } from '../../ports/recommendation-log.js';

const KEY = 'hour, context, method, rung, source, versions, label';
const DAY = 24;

/** The key's index finds it at its beginning, behind the folded ones: a few thousand at most. */
const OLDEST = 'select min(hour) as hour from freshet.recommendation_outcome where versions >= 0';

const FOLD = `
  with folded as (
    delete from freshet.recommendation_outcome where hour >= $1::integer and hour < $1::integer + ${DAY} and versions >= 0 returning *),
  of_day as (
    select *, hour - hour % ${DAY} as day, case when label = 'newest' then min(versions) over (partition by hour - hour % ${DAY}, label) else versions end as first from folded)
  insert into freshet.recommendation_outcome as o (${KEY}, version_from, version_to, lists, items, clicks, carts, purchases, revenue)
  select day, context, method, rung, source, -1 - first, label, min(version_from), max(version_to), sum(lists), sum(items), sum(clicks), sum(carts), sum(purchases), sum(revenue)
  from of_day group by day, context, method, rung, source, first, label
  on conflict (${KEY}) do update set version_from = least(o.version_from, excluded.version_from), version_to = greatest(o.version_to, excluded.version_to),
    lists = o.lists + excluded.lists, items = o.items + excluded.items, clicks = o.clicks + excluded.clicks, carts = o.carts + excluded.carts,
    purchases = o.purchases + excluded.purchases, revenue = o.revenue + excluded.revenue`;

/** `hour`: the present one, since 1970. */
export async function foldOutcomes(pool: Pool, hour: number): Promise<void> {
  const found = await pool.query<{ hour: number | null }>({ name: 'recommendation-oldest', text: OLDEST });
  const oldest = found.rows[0]?.hour ?? hour;
  const day = oldest - (oldest % DAY);
  // Whole days only.
  if (day + DAY <= hour - OUTCOME_HOURLY_DAYS * DAY) await pool.query({ name: 'recommendation-fold', text: FOLD, values: [day] });
}
