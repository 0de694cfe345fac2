/** What has come of lists, from the sums by the hour: cheap whatever the log holds, and the same from every process. */
import { HOUR_MS } from '@freshet/shared/domain/recommendations';
import { readTimestamp } from '@freshet/shared/domain/timestamp';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import type { Clock } from '@freshet/shared/ports/clock';
import type { Outcome, OutcomeGroup, RecommendationLog } from '@freshet/shared/ports/recommendation-log';
import { unfit } from './ids.js';
import { DEFAULT_GROUPS, OutcomesAnswer, OutcomesQuery } from './outcome-schemas.js';

export interface OutcomeDeps {
  readonly recommendations: Pick<RecommendationLog, 'outcomes' | 'joined'>;
  readonly clock: Clock;
  readonly sample: number;
}

const DAY_HOURS = 24;

export function registerOutcomes(http: RouteRegistrar, { recommendations, clock, sample }: OutcomeDeps): void {
  http.route({
    method: 'GET',
    path: '/v1/recommendations/outcomes',
    operationId: 'getRecommendationOutcomes',
    summary: 'What has come of the lists that were shown: click-through, conversion and revenue by context, method, rung, source, label or model version',
    tags: ['recommendations'],
    query: OutcomesQuery,
    responses: { 200: OutcomesAnswer },
    example: { query: { group_by: 'rung' } },
    handler: async ({ query }) => {
      const by = query.group_by ?? 'context';
      const to = hourOf('until', query.until, clock.now()) + 1;
      const from = query.since === undefined ? to - DAY_HOURS : hourOf('since', query.since, clock.now());
      if (from >= to) throw unfit({ pointer: '/query/since', code: 'not_before_until', detail: 'must not be after until' });
      const [joined, groups] = await Promise.all([recommendations.joined(), recommendations.outcomes({ by, from, to, limit: query.limit ?? DEFAULT_GROUPS })]);
      return { body: { group_by: by, since: timeOf(from), until: timeOf(to), joined_sequence: joined, sample, groups: groups.map((group) => describe(by, group)) } };
    },
  });
}

function hourOf(name: string, text: string | undefined, now: number): number {
  const time = readTimestamp(text, now);
  if (!time.ok) throw unfit({ pointer: `/query/${name}`, code: time.code, detail: `can’t be used: ${time.detail}` });
  return Math.floor(time.ms / HOUR_MS);
}

function timeOf(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString();
}

function describe(by: OutcomeGroup, { group, versionFrom, versionTo, label, lists, items, clicks, carts, purchases, revenue }: Outcome): object {
  const named = by === 'version' ? { version_from: versionFrom, version_to: versionTo, label } : { [by]: group };
  const figures = { items, clicks, carts, purchases, revenue, click_through: share(clicks, items), conversion: share(purchases, clicks) };
  return by === 'source' ? { ...named, ...figures } : { ...named, lists, ...figures, revenue_per_list: share(revenue, lists) };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
