/**
 * Our routes on Fastify: hooks, parsers, validators, OpenAPI, timeouts. In: routes and resolved options.
 * Out: listen, close and the OpenAPI document. Hooks are callbacks, not promises: they run on every request.
 */
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { HistogramChild } from '../metrics.js';
import { checkContent, checkHost, checkOrigin, hostPolicy } from './guards.js';
import { parseJson } from './parse-json.js';
import { HttpProblem, problemBody, PROBLEM_MEDIA_TYPE, toProblem } from './problem.js';
import { methodsAt, type Route } from './route.js';
import { fastifyRoute, type RouteConfig } from './fastify-route.js';
import type { HttpServerOptions } from './options.js';

export interface App {
  listen(): Promise<string>;
  close(drainMs: number): Promise<void>;
  openapi(): object;
}

export interface AppOptions extends HttpServerOptions {
  readonly bodyLimit: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly freshet?: RouteConfig;
  }
}

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_SOCKETS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the idle limit of usual load balancers (60 s), so that they, not we, close idle connections. */
const KEEP_ALIVE_MS = 72_000;
/** An id has at most 128 characters; percent-encoded UTF-8 makes up to 12 of one. */
const MAX_PARAM_LENGTH = 1_536;
const REQUEST_ID = /^[\w.:-]{1,64}$/;
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function buildApp(routes: readonly Route[], options: AppOptions): App {
  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS },
    genReqId: (request) => requestId(request.headers['x-request-id']),
    requestIdHeader: false,
    clientErrorHandler: answerBrokenRequest,
  });
  app.server.maxConnections = MAX_SOCKETS;
  app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: options.name, version: options.version } } });
  addParsers(app);
  addGuards(app, routes, options);
  addErrors(app, options);
  addTimings(app, options);
  // In a plugin of their own, so that they load after the OpenAPI collector, which must see them come.
  app.register((scope, _, done) => {
    for (const route of routes) scope.route(fastifyRoute(route));
    done();
  });
  return {
    listen: () => app.listen({ host: options.host, port: options.port }),
    close: (drainMs) => drain(app, drainMs),
    openapi: () => app.swagger(),
  };
}

function requestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function configOf(request: FastifyRequest): RouteConfig | undefined {
  return request.routeOptions.config?.freshet;
}

/** One parser: bytes; JSON unless the route wants the bytes. The guard has checked the media type by then. */
function addParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (configOf(request)?.raw === true) return done(null, body);
    // An empty body where none is needed: clients that always send a content type.
    if (body.length === 0 && configOf(request)?.accepted.length === 0) return done(null, undefined);
    try {
      done(null, parseJson(body.toString('utf8')));
    } catch (error) {
      done(toProblem(error), undefined);
    }
  });
}

function addGuards(app: FastifyInstance, routes: readonly Route[], options: AppOptions): void {
  const hosts = hostPolicy([options.host, ...(options.allowedHosts ?? [])]);
  const origins = { origins: new Set(options.allowedOrigins ?? []) };
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    const refused = checkHost(hosts, request.headers.host) ?? (request.is404 ? notFound(routes, request) : undefined);
    if (refused !== undefined) return done(refused);
    if (!WRITES.has(request.method)) return done();
    const { headers } = request;
    done(checkOrigin(origins, headers.origin, headers.host) ?? checkContent(configOf(request)?.accepted ?? [], headers));
  });
}

function notFound(routes: readonly Route[], request: FastifyRequest): HttpProblem {
  const allowed = methodsAt(routes, request.url);
  if (allowed.length === 0) return new HttpProblem(404, 'route_not_found', `There is nothing at ${request.url.slice(0, 200)}.`);
  return new HttpProblem(405, 'method_not_allowed', `${request.method} is not one of ${allowed.join(', ')}.`, { headers: { allow: allowed.join(', ') } });
}

function addErrors(app: FastifyInstance, { log }: AppOptions): void {
  const answer = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = toProblem(thrown);
    if (error.status >= 500) {
      log[error.status === 500 ? 'error' : 'warn'](`${request.method} ${configOf(request)?.pattern ?? 'unmatched'} failed`, { request_id: request.id, code: error.code, error: error.cause ?? error });
    }
    reply.code(error.status).headers(error.headers).type(PROBLEM_MEDIA_TYPE);
    void reply.send(JSON.stringify(problemBody(error, request.id)));
  };
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => answer(new HttpProblem(404, 'route_not_found', 'There is nothing here.'), request, reply));
}

/** One bound child for each (route, method, code): as many as there are routes times statuses. */
function addTimings(app: FastifyInstance, { metrics }: AppOptions): void {
  const children = new Map<string, HistogramChild>();
  app.addHook('onResponse', (request, reply, done) => {
    const route = configOf(request)?.pattern ?? 'unmatched';
    const labels = { route, method: request.method, code: String(reply.statusCode) };
    const key = `${labels.code} ${labels.method} ${route}`;
    let child = children.get(key);
    if (child === undefined) children.set(key, (child = metrics.httpRequestDuration.labels(labels)));
    child.observe(reply.elapsedTime / 1000);
    done();
  });
}

/** Requests the HTTP parser itself refuses: there is no route and no reply object, only a socket. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, code } = BROKEN[error.code ?? ''] ?? { status: 400, code: 'malformed_request' };
  const body = JSON.stringify(problemBody(new HttpProblem(status, code, 'The request could not be read.'), randomUUID()));
  const head = [`HTTP/1.1 ${status} Error`, 'Connection: close', `Content-Type: ${PROBLEM_MEDIA_TYPE}`, `Content-Length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const BROKEN: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout' },
};

async function drain(app: FastifyInstance, drainMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

