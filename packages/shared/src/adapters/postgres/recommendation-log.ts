/**
 * The recommendation log on Postgres: see port `RecommendationLog`.
 *
 * 1. An append is one statement, a join one transaction: what is kept and what is counted can't differ, nor what is joined and how far.
 * 2. Neither waits for the disk: after a crash of the machine the last ones are gone, whole, and the place goes back with them, so that
 *    their entries are joined again.
 * 3. Sums are written in the order of their keys, so that writers wait for each other and never in a circle.
 * Batches travel as JSON: arrays of different lengths have no other form that one statement takes, and the scores are the rounded ones
 * that the answer had.
 */
import type { Pool, PoolClient } from 'pg';
import { ATTRIBUTION_MS, EARLY_MS, HOUR_MS, type LoggedList, sumShown, VERSIONS_TOGETHER } from '../../domain/recommendations.js';
import { encodeFeatures } from '../../domain/search-weights/weights.js';
import type { JoinedFeedback, Outcome, OutcomeGroup, OwnedRecommendationLog } from '../../ports/recommendation-log.js';
import { tendRecommendationLog } from './recommendation-log-trim.js';
import { trySessionRight } from './session-right.js';
import { toBigint } from './user-ref-bigint.js';

/** “FRL” in ASCII: the right to join and tend. */
const JOINER_LOCK = 0x46_52_4c;
const KEY = 'hour, context, method, rung, source, versions, label';
const NOT_DURABLE = `set_config('synchronous_commit', 'off', true)`;

const LIST_COLUMNS = 'name, made_at, user_ref, context, method, rung, version, label, skipped, items, scores, propensities, sources, features';
const APPEND = `
  with kept as (
    insert into freshet.recommendation_list (${LIST_COLUMNS})
    select ${LIST_COLUMNS} from json_to_recordset($1::json) as sent (
      name text, made_at bigint, user_ref bigint, context text, method text, rung text, version bigint, label text, skipped integer,
      items text[], scores real[], propensities real[], sources text[], features smallint[])),
  counted as (
    insert into freshet.recommendation_outcome as o (${KEY}, version_from, version_to, lists, items)
    select ${KEY}, "versionFrom", "versionTo", lists, items from json_to_recordset($2::json) as sent (
      hour integer, context text, method text, rung text, source text, versions integer, label text,
      "versionFrom" bigint, "versionTo" bigint, lists bigint, items bigint) order by ${KEY}
    on conflict (${KEY}) do update set lists = o.lists + excluded.lists, items = o.items + excluded.items,
      version_from = least(o.version_from, excluded.version_from), version_to = greatest(o.version_to, excluded.version_to))
  select ${NOT_DURABLE}`;

const JOIN = `
  with sent as (
    select * from json_to_recordset($1::json) as sent (
      list text, item text, kind text, at bigint, seq bigint, index integer, revenue double precision)),
  found as (
    select s.kind, s.at, s.seq, s.index, s.revenue, l.id, p.place, l.context, l.method, l.rung, l.label, l.version,
      (l.made_at / ${HOUR_MS})::integer as hour, (l.version / ${VERSIONS_TOGETHER})::integer as versions, coalesce(l.sources[p.place], l.rung) as source
    from sent s
    join freshet.recommendation_list l on l.name = s.list
    cross join lateral (select array_position(l.items, s.item) as place) p
    where p.place is not null and s.at between l.made_at - ${EARLY_MS} and l.made_at + ${ATTRIBUTION_MS}::bigint),
  kept as (
    insert into freshet.recommendation_feedback (list, place, kind, seq, index, at, revenue)
    select id, place, kind, seq, index, at, revenue from found order by seq, index
    on conflict do nothing returning list, place, seq, index),
  summed as (
    select ${KEY}, min(version) as version_from, max(version) as version_to, count(*) filter (where kind = 'click') as clicks,
      count(*) filter (where kind = 'cart') as carts, count(*) filter (where kind = 'purchase' and revenue >= 0) as purchases, sum(revenue) as revenue,
      sum(greatest(revenue, 0)) as paid, sum(case when revenue < 0 then -revenue else 0 end) as paid_back
    from kept join found on found.id = kept.list and found.place = kept.place and found.seq = kept.seq and found.index = kept.index
    group by ${KEY}),
  counted as (
    insert into freshet.recommendation_outcome as o (${KEY}, version_from, version_to, clicks, carts, purchases, revenue)
    select ${KEY}, version_from, version_to, clicks, carts, purchases, revenue from summed order by ${KEY}
    on conflict (${KEY}) do update set clicks = o.clicks + excluded.clicks, carts = o.carts + excluded.carts,
      purchases = o.purchases + excluded.purchases, revenue = o.revenue + excluded.revenue)
  select context, rung, label, sum(clicks)::integer as clicks, sum(carts)::integer as carts, sum(purchases)::integer as purchases,
    sum(paid) as paid, sum(paid_back) as "paidBack"
  from summed group by context, rung, label order by context, rung, label`;

const GROUPS: Readonly<Record<OutcomeGroup, { readonly columns: string; readonly by: string; readonly order: string }>> = {
  context: { columns: 'context as "group"', by: 'context', order: 'lists desc, context' },
  method: { columns: 'method as "group"', by: 'method', order: 'lists desc, method' },
  rung: { columns: 'rung as "group"', by: 'rung', order: 'lists desc, rung' },
  source: { columns: 'source as "group"', by: 'source', order: 'items desc, source' },
  label: { columns: 'label as "group"', by: 'label', order: 'lists desc, label' },
  version: { columns: 'versions::text as "group", label', by: 'versions, label', order: '"versionTo" desc, label' },
};

export function postgresRecommendationLog(pool: Pool): OwnedRecommendationLog {
  return {
    async append(lists) {
      if (lists.length > 0) await pool.query({ name: 'recommendation-append', text: APPEND, values: [JSON.stringify(lists.map(rowOf)), JSON.stringify(sumShown(lists))] });
    },
    async joined() {
      const found = await pool.query<{ seq: number }>('select seq from freshet.recommendation_join');
      return found.rows[0]?.seq ?? 0;
    },
    async join({ after, upTo }, feedback) {
      const session = await pool.connect();
      try {
        await session.query(`begin; select ${NOT_DURABLE}`);
        const moved = await session.query({ name: 'recommendation-place', text: 'update freshet.recommendation_join set seq = $2 where seq = $1', values: [after, upTo] });
        const joined = moved.rowCount === 1 ? await joinOn(session, JSON.stringify(feedback)) : undefined;
        await session.query('commit');
        session.release();
        return joined;
      } catch (thrown) {
        // Its transaction may still be open.
        session.release(true);
        throw thrown;
      }
    },
    async outcomes({ by, from, to, limit }) {
      const { columns, by: key, order } = GROUPS[by];
      const found = await pool.query<Outcome>({
        name: `recommendation-outcomes-${by}`,
        text: `select ${columns}, min(version_from) as "versionFrom", max(version_to) as "versionTo",
            sum(lists)::bigint as lists, sum(items)::bigint as items, sum(clicks)::bigint as clicks, sum(carts)::bigint as carts,
            sum(purchases)::bigint as purchases, sum(revenue) as revenue
          from freshet.recommendation_outcome where hour >= $1 and hour < $2 group by ${key} order by ${order} limit $3`,
        values: [from, to, limit],
      });
      return found.rows;
    },
    tend: (limits) => tendRecommendationLog(pool, limits),
    tryOwn: () => trySessionRight(pool, JOINER_LOCK, 0),
  };
}

async function joinOn(session: PoolClient, feedback: string): Promise<readonly JoinedFeedback[]> {
  if (feedback === '[]') return [];
  const found = await session.query<JoinedFeedback>({ name: 'recommendation-join', text: JOIN, values: [feedback] });
  return found.rows;
}

/** Arrays that would say nothing are left out. */
function rowOf({ name, madeAt, person, context, method, rung, version, label, skipped, items }: LoggedList): object {
  return {
    name,
    made_at: Math.round(madeAt),
    // As text: JSON's numbers end at 2^53 here.
    user_ref: person === undefined ? null : String(toBigint(person)),
    context, method, rung, version, label, skipped,
    items: items.map(({ id }) => id),
    scores: items.map(({ score }) => score),
    propensities: items.every(({ propensity }) => propensity === 1) ? null : items.map(({ propensity }) => propensity ?? null),
    sources: items.every(({ source }) => source === rung) ? null : items.map(({ source }) => source),
    features: featuresOf(items),
  };
}

/** Of a search; a list in which an item has none has none. */
function featuresOf(items: LoggedList['items']): readonly number[] | null {
  if (items.length === 0 || items.some(({ features }) => features === undefined)) return null;
  return items.flatMap(({ features }) => (features === undefined ? [] : encodeFeatures(features)));
}
