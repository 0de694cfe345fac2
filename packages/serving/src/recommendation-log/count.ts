/**
 * The recommendation log as metrics: lists where they were shown, what came of them where it is joined; sum over all processes.
 *
 * 1. All of them have the same labels, the list's, so that any of them can be divided by any other.
 * 2. What may come of a list is there, as 0, since its like was first shown here: otherwise its first one would be no change. One process
 *    alone so loses none; of several, the one that joins may, until it has shown such a list itself.
 * 3. At most one series for each context, rung and label that occur together: versions are many and have no series (docs/decisions/042).
 */
import type { AnsweringLabel } from '@freshet/shared/domain/recommendations';
import type { Metrics } from '@freshet/shared/metrics';
import type { JoinedFeedback } from '@freshet/shared/ports/recommendation-log';

export type JoinMetrics = Pick<Metrics, 'recommendationClicks' | 'recommendationCarts' | 'recommendationPurchases' | 'recommendationRevenue' | 'recommendationRefunds'>;
export type ShownMetrics = JoinMetrics & Pick<Metrics, 'recommendationLists' | 'recommendationItems'>;

interface ListLabels {
  readonly context: string;
  readonly rung: string;
  readonly label: AnsweringLabel;
}

const NOTHING_JOINED = { clicks: 0, carts: 0, purchases: 0, paid: 0, paidBack: 0 } as const;

export function countShown(metrics: ShownMetrics, { context, rung, label, items }: ListLabels & { readonly items: readonly object[] }): void {
  metrics.recommendationLists.inc({ context, rung, label });
  metrics.recommendationItems.inc({ context, rung, label }, items.length);
  countJoined(metrics, { context, rung, label, ...NOTHING_JOINED });
}

export function countJoined(metrics: JoinMetrics, { context, rung, label, clicks, carts, purchases, paid, paidBack }: JoinedFeedback): void {
  const labels = { context, rung, label };
  metrics.recommendationClicks.inc(labels, clicks);
  metrics.recommendationCarts.inc(labels, carts);
  metrics.recommendationPurchases.inc(labels, purchases);
  metrics.recommendationRevenue.inc(labels, paid);
  metrics.recommendationRefunds.inc(labels, paidBack);
}
