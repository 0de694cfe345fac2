/** How well the model has predicted, window by window, beside two trivial methods. From the table, so the trainer may be elsewhere. */
import { figuresOf } from '@freshet/shared/domain/ratings/errors';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import type { QualityWindow } from '@freshet/shared/ports/quality-log';
import type { Engine } from '../engine.js';
import { DEFAULT_WINDOWS, QualityAnswer, QualityQuery } from './schemas.js';

export function registerQuality(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'GET',
    path: '/v1/models/quality',
    operationId: 'getModelQuality',
    summary: 'How well events were predicted before they were learned, newest window first, beside two floors',
    tags: ['models'],
    query: QualityQuery,
    responses: { 200: QualityAnswer },
    example: { query: { limit: 2 } },
    handler: async ({ query }) => {
      const windows = await engine().quality.windows(query.limit ?? DEFAULT_WINDOWS);
      return { body: { windows: windows.map(describe) } };
    },
  });
}

function describe(window: QualityWindow): object {
  const { tested } = window;
  const share = (count: number): number => count / tested;
  return {
    from_seq: window.fromSeq,
    to_seq: window.toSeq,
    version: window.version,
    from: new Date(window.beganAt).toISOString(),
    to: new Date(window.endedAt).toISOString(),
    tested,
    hit_ratio_10: share(window.hits10),
    ndcg_10: share(window.ndcg10),
    loss: window.loss,
    ...(window.ratings === undefined ? {} : { ratings: figuresOf(window.ratings) }),
    floors: { popularity: { hit_ratio_10: share(window.popularityHits10) }, follow: { hit_ratio_10: share(window.followHits10) } },
  };
}
