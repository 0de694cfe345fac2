/** The routes every process has: `/metrics`, `/v1/version`, `/openapi.json`. */
import { Type } from 'typebox';
import type { Metrics } from '../metrics.js';
import type { Route } from './route.js';

export interface StandardRoutesOptions {
  readonly name: string;
  readonly version: string;
  readonly metrics: Metrics;
  readonly openapi: () => object;
}

export function standardRoutes(options: StandardRoutesOptions): readonly Route[] {
  return [metricsRoute(options.metrics), versionRoute(options), openapiRoute(options.openapi)];
}

function metricsRoute(metrics: Metrics): Route {
  return {
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Metrics in the Prometheus text format',
    hidden: true,
    responses: {},
    handler: async () => ({ headers: { 'content-type': metrics.contentType }, body: await metrics.render() }),
  };
}

function versionRoute({ name, version }: StandardRoutesOptions): Route {
  const body = { name, version, node: process.version };
  return {
    method: 'GET',
    path: '/v1/version',
    operationId: 'getVersion',
    summary: 'What is running',
    tags: ['operations'],
    responses: { 200: Type.Object({ name: Type.String(), version: Type.String(), node: Type.String() }) },
    handler: () => ({ body }),
  };
}

function openapiRoute(openapi: () => object): Route {
  let text: string | undefined;
  return {
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This API as OpenAPI 3.1',
    hidden: true,
    responses: {},
    handler: () => {
      text ??= JSON.stringify(openapi());
      return { headers: { 'content-type': 'application/json; charset=utf-8' }, body: text };
    },
  };
}
