/**
 * Labels: pinning every answer, in every process, to one version (a rollback), and what happened to the model's versions.
 *
 * 1. These routes need no model: a pin that can't be loaded can be taken back (with `force` where the newest version doesn't pass the gate).
 * 2. A change is durable when it is answered; the processes follow within moments, and `serving` says whether this one has.
 */
import { problem } from '@freshet/shared/http/problem';
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import type { VersionRange } from '@freshet/shared/domain/retention';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { Clock } from '@freshet/shared/ports/clock';
import type { ModelEvents, StoredModelEvent } from '@freshet/shared/ports/model-events';
import type { LabelChange, LabelName, LabelRemoval, ModelLabel, ModelLabels } from '@freshet/shared/ports/model-labels';
import { isWithin } from '@freshet/shared/domain/retention';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { QualityLog } from '@freshet/shared/ports/quality-log';
import type { Engine } from '../engine.js';
import { unfit } from './ids.js';
import { DEFAULT_SHADOW_SHARE, EventsAnswer, EventsQuery, LabelAnswer, LabelParams, LabelsAnswer, PinBody, PinParams, UnpinQuery } from './label-schemas.js';
import { throughGate } from './label-gate.js';
import { DEFAULT_LIMIT } from './schemas.js';
import { rounded } from './shown.js';

export interface LabelRoutesParts {
  readonly labels: ModelLabels;
  readonly modelEvents: Pick<ModelEvents, 'list' | 'add'>;
  readonly quality: Pick<QualityLog, 'between'>;
  readonly snapshots: Pick<SnapshotStore, 'rebuildable'>;
  readonly announcer: Pick<Announcer, 'announce'>;
  readonly clock: Clock;
  /** Undefined while this process loads. */
  readonly engine: () => Pick<Engine, 'pinned' | 'beside' | 'shadow'> | undefined;
}

const tags = ['models'];
const path = '/v1/models/labels/{label}';

export function registerLabels(http: RouteRegistrar, parts: LabelRoutesParts): void {
  http.route({
    method: 'GET',
    path: '/v1/models/labels',
    operationId: 'listLabels',
    summary: 'The versions that labels name',
    tags,
    responses: { 200: LabelsAnswer },
    example: {},
    handler: async () => ({ body: { labels: (await parts.labels.list()).map((label) => ({ ...describe(label), ...hereOf(parts, label) })) } }),
  });
  http.route({
    method: 'PUT',
    path,
    operationId: 'setLabel',
    summary: '`stable` pins every answer to one version (a rollback), `canary` gives it a share of the shoppers, `shadow` asks it beside a share of the answers; training goes on',
    tags,
    params: PinParams,
    body: PinBody,
    responses: { 200: LabelAnswer },
    example: { params: { label: 'stable' }, body: { version: 1, reason: 'hit ratio fell at noon' } },
    handler: ({ params, body }) => pin(parts, params.label, { version: body.version, reason: body.reason ?? '', ...shareOf(params.label, body.share), ...(body.force === true && { forced: true }) }),
  });
  http.route({
    method: 'DELETE',
    path,
    operationId: 'removeLabel',
    summary: 'Take a label away: without `stable` answers come from the newest version again; `canary` and `shadow` are let go; without `previous` the lineage before the last promotion isn’t kept any longer',
    tags,
    params: LabelParams,
    query: UnpinQuery,
    responses: { 200: LabelAnswer },
    example: { params: { label: 'stable' }, query: { reason: 'mended' } },
    handler: ({ params, query }) => unpin(parts, params.label, { reason: query.reason ?? '', ...(query.force === true && { forced: true }) }),
  });
  http.route({
    method: 'GET',
    path: '/v1/models/events',
    operationId: 'listModelEvents',
    summary: 'Labels set and taken away, and what each process did with the versions: newest first',
    tags,
    query: EventsQuery,
    responses: { 200: EventsAnswer },
    example: { query: { limit: 20 } },
    handler: async ({ query }) => ({ body: { events: (await parts.modelEvents.list(query.limit ?? DEFAULT_LIMIT, query.before)).map(describeEvent) } }),
  });
}

async function pin(parts: LabelRoutesParts, label: LabelName, change: LabelChange): Promise<HttpReply> {
  const { labels, announcer, clock } = parts;
  const { version, forced } = change;
  // What can't be rebuilt is refused for that.
  const rebuildable = await parts.snapshots.rebuildable();
  if (!isWithin(version, rebuildable)) throw notRebuildable(version, rebuildable);
  const result = await throughGate(parts, { label, version, forced: forced === true }, (against) => labels.pin(label, { ...change, ...(against && { against }) }));
  if (!result.pinned) throw notRebuildable(version, 'rebuildable' in result ? result.rebuildable : []);
  announcer.announce('label', clock.now());
  return { body: describe(result.label) };
}

function shareOf(label: LabelName, share: number | undefined): { readonly share?: number } {
  if (label === 'stable' && share !== undefined) throw unfit({ pointer: '/share', code: 'not_allowed', detail: 'must not be there: stable has every answer' });
  if (label === 'canary' && share === undefined) throw unfit({ pointer: '/share', code: 'required', detail: 'is needed: the share of the shoppers, above 0 up to 1' });
  if (label === 'shadow') return { share: share ?? DEFAULT_SHADOW_SHARE };
  return share === undefined ? {} : { share };
}

/** How far this process has come with a label. */
function hereOf({ engine }: LabelRoutesParts, { label, version }: ModelLabel): object {
  const here = engine();
  if (here === undefined || label === 'previous') return { serving: false };
  if (label === 'stable') return { serving: here.pinned()?.version === version };
  const serving = here.beside.held(label)?.view.position.version === version;
  const compared = label === 'shadow' && serving ? here.shadow.comparison() : undefined;
  if (compared === undefined || compared.lists === 0) return { serving };
  const { lists, overlap, scoreDrift } = compared;
  return { serving, compared: { lists, overlap: rounded(overlap), ...(scoreDrift === undefined ? {} : { score_drift: rounded(scoreDrift) }) } };
}

function notRebuildable(version: number, ranges: readonly VersionRange[]): Error {
  const held = ranges.length === 0 ? 'none can yet' : `${ranges.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ')} can`;
  return problem(422, 'version_not_rebuildable', {
    detail: `Version ${version} can't be rebuilt from what is stored: ${held}.`,
    options: { errors: [{ pointer: '/version', code: 'version_not_rebuildable', detail: held }] },
  });
}

async function unpin(parts: LabelRoutesParts, label: LabelName, removal: LabelRemoval): Promise<HttpReply> {
  const { labels, announcer, clock } = parts;
  const result = await throughGate(parts, { label, forced: removal.forced === true }, (against) => labels.unpin(label, { ...removal, ...(against && { against }) }));
  if (!result.removed) throw problem(404, 'label_not_set', { detail: `The label ${label} names no version.` });
  announcer.announce('label', clock.now());
  return { body: describe(result.label) };
}

function describe({ label, version, share, forced, reason, setAt }: ModelLabel): object {
  return { label, version, ...(share === undefined ? {} : { share }), ...(forced && { forced }), reason, set_at: new Date(setAt).toISOString() };
}

function describeEvent({ id, at, kind, version, previous, replica, reason }: StoredModelEvent): object {
  return {
    id,
    at: new Date(at).toISOString(),
    kind,
    version,
    ...(previous === undefined ? {} : { previous }),
    ...(replica === '' ? {} : { replica }),
    reason,
  };
}
