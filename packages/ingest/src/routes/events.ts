/** `POST /v1/events`: behaviour events in, one status each out. 202 means committed. */
import { Type } from 'typebox';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import { RawEventSchema } from '../clean/event-schema.js';
import { REQUEST_BYTES, REQUEST_ITEMS } from '../config.js';
import { JSON_TYPE, NDJSON_TYPES, parseMany } from './parse.js';
import { admit, asPreferred, IntakeResultSchema, type RouteDeps } from './shared.js';

const EventsQuery = Type.Object({
  dry_run: Type.Optional(Type.Boolean({ default: false, description: 'Validates only; answers 200 and writes nothing.' })),
  historical: Type.Optional(Type.Boolean({ default: false, description: 'Back-filled data: it does not count into freshness.' })),
});

export function registerEventRoutes(http: RouteRegistrar, deps: RouteDeps): void {
  http.route({
    method: 'POST',
    path: '/v1/events',
    operationId: 'postEvents',
    summary: 'Send events',
    description: `A JSON array, one object, or NDJSON; at most ${REQUEST_ITEMS.toLocaleString('en')} events and ${REQUEST_BYTES / 1_048_576} MiB. A bad event never fails its neighbours.`,
    tags: ['events'],
    query: EventsQuery,
    rawBody: [JSON_TYPE, ...NDJSON_TYPES],
    body: Type.Array(RawEventSchema, { maxItems: REQUEST_ITEMS }),
    bodyLimit: REQUEST_BYTES,
    responses: { 200: IntakeResultSchema, 202: IntakeResultSchema },
    example: {
      body: [
        { id: 'view-1', type: 'view', user_id: 'ada', item_id: 'mug-1' },
        { id: 'order-1', type: 'purchase', user_id: 'ada', item_id: 'mug-1', quantity: 2, price: 12.5 },
      ],
    },
    handler: async (request) => {
      const context = admit(request, deps);
      const sent = parseMany(request.rawBody, request.mediaType);
      const dryRun = request.query.dry_run ?? false;
      const result = await deps.intake.events(sent, { ...context, dryRun, historical: request.query.historical ?? false });
      return { status: dryRun ? 200 : 202, ...asPreferred(result, request) };
    },
  });
}
