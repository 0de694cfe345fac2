/**
 * People who have not come for long: their pseudonyms, histories and profiles go.
 *
 * A pseudonym's row is locked while it goes, so somebody who comes back at that moment is either still known or somebody
 * new. References that ingest remembers are younger than a day (ingest/people), every limit is longer.
 */
import type { Pool } from 'pg';
import { FORGET_AT_ONCE, type PeopleLimits } from '../../ports/log-upkeep.js';

/** A joined session's row names the shopper's reference: his history and profile stay. */
const FORGET = `
  with due as (
    select pseudonym from freshet.user_ref_map
    where seen_on < current_date - case kind when 'session' then $1::int else $2::int end
    order by pseudonym limit $3
    for update skip locked),
  gone as (delete from freshet.user_ref_map m using due where m.pseudonym = due.pseudonym returning m.ref, m.joined),
  histories as (delete from freshet.checkpoint_user c using gone where c.ref = gone.ref and not gone.joined),
  profiles as (delete from freshet.checkpoint_profile p using gone where p.ref = gone.ref and not gone.joined)
  select count(*)::int as count from gone`;

const FORGET_ALIASES = `
  delete from freshet.checkpoint_user
  where ref in (select ref from freshet.checkpoint_user where saved_on < current_date - $1::int limit $2)`;

export async function forgetPeople(pool: Pool, { sessionDays, shopperDays }: PeopleLimits): Promise<number> {
  await pool.query(FORGET_ALIASES, [shopperDays, FORGET_AT_ONCE]);
  const { rows } = await pool.query<{ count: number }>(FORGET, [sessionDays, shopperDays, FORGET_AT_ONCE]);
  return rows[0]?.count ?? 0;
}
