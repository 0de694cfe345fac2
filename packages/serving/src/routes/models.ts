/** The model as operators see it: the version that serves, the last versions applied, one version's manifest. */
import { problem } from '@freshet/shared/http/problem';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import type { AppliedVersion } from '../follow/versions.js';
import { DEFAULT_LIMIT, LatestAnswer, ModelAnswer, ModelsAnswer, ModelsQuery, Sequenced, VersionParams } from './schemas.js';
import { reach } from './waiting.js';

const tags = ['models'];

export function registerModels(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'GET',
    path: '/v1/models',
    operationId: 'listModels',
    summary: 'The last versions this process has applied, newest first',
    tags,
    query: ModelsQuery,
    responses: { 200: ModelsAnswer },
    example: { query: { limit: 2 } },
    handler: ({ query }) => {
      const found = engine().versions.recent(query.limit ?? DEFAULT_LIMIT, query.before);
      return { body: { serving: serving(engine()), versions: found.map(manifest) } };
    },
  });
  http.route({
    method: 'GET',
    path: '/v1/models/latest',
    operationId: 'getLatestModel',
    summary: 'The version that answers come from',
    tags,
    query: Sequenced,
    responses: { 200: LatestAnswer },
    example: {},
    handler: async ({ query }) => {
      await reach(engine(), query.after_sequence);
      return { body: serving(engine()) };
    },
  });
  http.route({
    method: 'GET',
    path: '/v1/models/{version}',
    operationId: 'getModel',
    summary: 'One version: what it learned, changed and when',
    tags,
    params: VersionParams,
    responses: { 200: ModelAnswer },
    example: { params: { version: 1 } },
    handler: ({ params }) => {
      const found = engine().versions.find(params.version);
      if (found !== undefined) return { body: manifest(found) };
      throw problem(404, 'version_not_found', { detail: `This process hasn't applied version ${params.version}, or too long ago.` });
    },
  });
}

function serving(engine: Engine): object {
  const { set, position } = engine.view();
  const { log, events } = engine.progress.positions();
  const refused = engine.quarantined();
  const pinned = engine.pinned();
  return {
    version: position.version,
    learned_until: position.applied,
    history_seq: log,
    catalogue_seq: log,
    items: Math.max(0, set.rows - 1),
    events,
    ...(refused === undefined ? {} : { refused }),
    ...(pinned === undefined ? {} : { pinned: { reason: pinned.reason, set_at: new Date(pinned.setAt).toISOString(), newest_version: engine.newest().position.version } }),
  };
}

function manifest(applied: AppliedVersion): object {
  const { timings } = applied;
  return {
    version: applied.version,
    epoch: applied.epoch,
    from_seq: applied.fromSeq,
    to_seq: applied.toSeq,
    bytes: applied.bytes,
    checksum: applied.checksum,
    rows: applied.rows,
    ...at('received_at', timings.receivedAt),
    ...at('taken_at', timings.takenAt),
    ...at('trained_at', timings.trainedAt),
    ...at('committed_at', timings.committedAt),
    ...at('applied_at', applied.appliedAt),
  };
}

/** 0 = there is no such time. */
export function at<K extends string>(name: K, ms: number): Partial<Record<K, string>> {
  return ms > 0 ? ({ [name]: new Date(ms).toISOString() } as Record<K, string>) : {};
}
