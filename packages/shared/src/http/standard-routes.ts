/** The routes every process has: `/metrics`, `/v1/version`, `/openapi.json`, and the pages made from it under `/docs`. */
import { Type } from 'typebox';
import type { Metrics } from '../metrics.js';
import type { OpenApi } from './openapi.js';
import { docsPage } from './pages/docs-page.js';
import { errorsPage } from './pages/errors-page.js';
import { STYLE } from './pages/style.js';
import type { Route } from './route.js';
import { PAGE_HEADERS } from './static-files.js';

export interface StandardRoutesOptions {
  readonly name: string;
  readonly version: string;
  readonly metrics: Metrics;
  readonly openapi: () => OpenApi;
}

export function standardRoutes(options: StandardRoutesOptions): readonly Route[] {
  const { openapi } = options;
  return [
    metricsRoute(options.metrics),
    versionRoute(options),
    textRoute({ path: '/openapi.json', operationId: 'getOpenApi', summary: 'This API as OpenAPI 3.1' }, 'application/json', () => JSON.stringify(openapi())),
    textRoute({ path: '/docs', operationId: 'getDocs', summary: 'This API as a page' }, 'text/html', () => docsPage(openapi())),
    textRoute({ path: '/docs/errors', operationId: 'getErrorDocs', summary: 'Every error code' }, 'text/html', errorsPage),
    textRoute({ path: '/docs/style.css', operationId: 'getDocsStyle', summary: 'How the pages look' }, 'text/css', () => STYLE),
  ];
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
    example: {},
    handler: () => ({ body }),
  };
}

/** Made at the first request: by then every route is there. */
function textRoute(naming: Pick<Route, 'path' | 'operationId' | 'summary'>, mediaType: string, make: () => string): Route {
  let text: string | undefined;
  return {
    ...naming,
    method: 'GET',
    hidden: true,
    responses: {},
    handler: () => {
      text ??= make();
      return { headers: { ...PAGE_HEADERS, 'content-type': `${mediaType}; charset=utf-8` }, body: text };
    },
  };
}
