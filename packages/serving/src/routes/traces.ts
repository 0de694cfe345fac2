/**
 * The way of one event: received → queued → trained → served.
 * The first three come from the log and the delta log, `served` from what this process has applied.
 */
import { DEFAULT_PRODUCER } from '@freshet/shared/domain/keys';
import { problem } from '@freshet/shared/http/problem';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import type { EventTrace } from '@freshet/shared/ports/trace-store';
import type { Engine } from '../engine.js';
import { cleanId } from './ids.js';
import { at } from './models.js';
import { ItemParams, TraceAnswer } from './schemas.js';

export function registerTraces(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'GET',
    path: '/v1/events/{id}',
    operationId: 'traceEvent',
    summary: 'Where an event is on its way into the served model',
    tags: ['events'],
    params: ItemParams,
    responses: { 200: TraceAnswer },
    example: { params: { id: 'order-1' } },
    handler: async ({ params }) => {
      const id = cleanId(params.id, '/path/id');
      const trace = await engine().traces.find(DEFAULT_PRODUCER, id);
      if (trace === undefined) throw problem(404, 'event_not_found', { detail: `No event "${id}" is known (any more).` });
      return { body: { id, ...describe(engine(), trace) } };
    },
  });
}

function describe(engine: Engine, trace: EventTrace): object {
  const applied = engine.versions.thatLearned(trace.seq);
  const learned = trace.learned ?? (applied === undefined ? undefined : { version: applied.version, timings: applied.timings });
  const served = engine.view().position.applied >= trace.seq;
  const trained = trace.applied || learned !== undefined;
  const servedAt = learned === undefined ? 0 : (engine.versions.find(learned.version)?.appliedAt ?? 0);
  return {
    sequence: trace.seq,
    state: served ? 'served' : trained ? 'trained' : 'queued',
    received: at('at', trace.receivedAt),
    // In the log means in the queue: the trainer takes what the log has.
    queued: at('at', learned?.timings.takenAt ?? 0),
    ...(trained ? { trained: { ...at('at', learned?.timings.trainedAt ?? 0), ...version(learned?.version) } } : {}),
    ...(served ? { served: { ...at('at', servedAt), ...version(learned?.version) } } : {}),
  };
}

function version(value: number | undefined): { version?: number } {
  return value === undefined ? {} : { version: value };
}
