/**
 * The HTTP base of every service: routes with schemas in, a listening server out. With fastify-app.ts the only
 * importer of Fastify.
 *
 * 1. Several services may register on one server; all routes come before `listen`.
 * 2. Every answer carries `x-request-id`; every error is a problem (problem.ts).
 * 3. Bounded: header size, body size, header and request time, sockets.
 * 4. `close` stops accepting, lets requests in flight finish within a deadline, then cuts what is left.
 */
import type { TSchema } from 'typebox';
import { FreshetError } from '../errors.js';
import { buildApp, type App } from './fastify-app.js';
import { createHealth, type HealthChecks } from './health.js';
import { listenError } from './listening.js';
import type { OpenApi } from './openapi.js';
import type { HttpServerOptions } from './options.js';
import type { Route, RouteRegistrar } from './route.js';
import { standardRoutes } from './standard-routes.js';

export interface HttpServer extends RouteRegistrar {
  readonly health: HealthChecks;
  /** Starts to accept; the result is the base URL, such as `http://127.0.0.1:8080`. */
  listen(): Promise<string>;
  /** Idempotent; `/readyz` of a closing server fails. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DEFAULT_BODY_LIMIT = 1024 * 1024;
const DEFAULT_DRAIN_MS = 5_000;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const routes: Route[] = [];
  const health = createHealth();
  const resolved = { ...options, bodyLimit: options.bodyLimit ?? DEFAULT_BODY_LIMIT };
  let app: App | undefined;
  let listening: Promise<string> | undefined;
  let closing: Promise<void> | undefined;

  health.addReadiness('http', () => ({ ok: closing === undefined }));
  const listen = async (): Promise<string> => {
    if (app !== undefined || closing !== undefined) throw new FreshetError('http_state', 'an HTTP server listens once');
    const openapi = (): OpenApi => app?.openapi() ?? { info: { title: options.name, version: options.version }, paths: {} };
    app = buildApp([...routes, ...health.routes, ...standardRoutes({ ...resolved, openapi })], resolved);
    listening = app.listen().catch((thrown: unknown) => {
      throw listenError(thrown, options);
    });
    return listening;
  };
  // A server that is just starting to listen would go on listening after its close.
  const drain = async (): Promise<void> => {
    await listening?.catch(() => undefined);
    await app?.close(options.drainMs ?? DEFAULT_DRAIN_MS);
  };
  const close = (): Promise<void> => {
    closing ??= drain();
    return closing;
  };
  return {
    health,
    listen,
    close,
    [Symbol.asyncDispose]: close,
    route<P extends TSchema, Q extends TSchema, B extends TSchema>(route: Route<P, Q, B>) {
      if (app !== undefined) throw new FreshetError('http_state', `route ${route.path} came after the server had started`);
      // The server calls the handler only with what this route's own schemas have passed.
      routes.push(route as unknown as Route);
    },
  };
}
