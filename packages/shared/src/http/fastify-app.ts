/**
 * Our routes on Fastify: hooks, parsers, validators, OpenAPI, timeouts. In: routes and resolved options.
 * Out: listen, close and the OpenAPI document. Hooks are callbacks, not promises: they run on every request.
 */
import compress from '@fastify/compress';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:zlib';
import type { HistogramChild } from '../metrics.js';
import { createAnswerLog } from './answer-log.js';
import { answerExpectation, type BrokenRequests, createBrokenRequests } from './broken-request.js';
import { corsHeaders, preflightHeaders } from './cors.js';
import { checkContent, checkHost, checkOrigin, checkSingleHost, hostOf, hostPolicy } from './guards.js';
import { inflate } from './inflate.js';
import { parseJson } from './parse-json.js';
import { HttpProblem, problemBody, PROBLEM_MEDIA_TYPE, toProblem } from './problem.js';
import { entityTagOf, hasTag } from './entity-tag.js';
import { type OpenApi, withExamples } from './openapi.js';
import { methodsAt, type Route } from './route.js';
import { fastifyRoute, type RouteConfig } from './fastify-route.js';
import type { HttpServerOptions } from './options.js';
import { readUtf8 } from './text.js';

export interface App {
  listen(): Promise<string>;
  close(drainMs: number): Promise<void>;
  openapi(): OpenApi;
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
/** How often Node looks for connections beyond the two limits above. */
const TIMEOUT_CHECK_MS = 5_000;
const IDLE_CHECK_MS = 50;
/** Longer than the idle limit of usual load balancers (60 s), so that they, not we, close idle connections. */
const KEEP_ALIVE_MS = 72_000;
/** Answers below one packet gain nothing; quality 4 of br costs what gzip does. Request bodies have inflate.ts. */
const COMPRESSED_FROM_BYTES = 1_400;
const COMPRESSION = {
  threshold: COMPRESSED_FROM_BYTES,
  encodings: ['br', 'gzip', 'deflate'] as ('br' | 'gzip' | 'deflate')[],
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  zlibOptions: { level: 5 },
  globalDecompression: false,
};
/** An id has at most 128 characters, and percent-encoded UTF-8 makes up to 12 of one; a `recommendation_id` has up to 4,000. */
const MAX_PARAM_LENGTH = 4_096;
const REQUEST_ID = /^[\w.:-]{1,64}$/;
const DESCRIPTION = [
  'JSON in snake_case, times RFC 3339 in UTC. What goes wrong is a problem (RFC 9457) with a stable `code`; its `type` points to /docs/errors.',
  'Bodies may be compressed with gzip, deflate or br; the limit is for what they inflate to. Answers of 1,400 bytes and more are compressed for clients that accept it. Unknown query parameters are refused.',
  '`HEAD` answers wherever `GET` does. `OPTIONS` answers 204 with `Allow`; pages of other origins are told that they may call when `allowed_origins` has them.',
].join('\n');
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function buildApp(routes: readonly Route[], options: AppOptions): App {
  const broken = createBrokenRequests();
  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node's own answer has no body; the guard's is a problem.
      requireHostHeader: false,
    },
    genReqId: (request) => requestId(request.headers['x-request-id']),
    requestIdHeader: false,
    clientErrorHandler: broken.answer,
    frameworkErrors: (error, request, reply) => answerProblem(toProblem(error), request, reply),
  });
  app.server.maxConnections = MAX_SOCKETS;
  app.server.on('checkExpectation', answerExpectation);
  app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: options.name, version: options.version, description: DESCRIPTION } } });
  addParsers(app);
  addGuards(app, routes, { ...options, broken });
  addErrors(app, options);
  addTimings(app, options);
  addRoutes(app, routes.filter(({ revalidated }) => revalidated !== true), []);
  addRoutes(app, routes.filter(({ revalidated }) => revalidated === true), [addEntityTags]);
  return {
    listen: () => app.listen({ host: options.host, port: options.port }),
    close: (drainMs) => drain(app, drainMs),
    openapi: () => withExamples(app.swagger() as unknown as OpenApi, routes),
  };
}

/**
 * Compression comes after `before`: an entity tag is made of what was answered, not of a stream that is being compressed.
 * The routes come in a plugin of their own, so that they load after compression and the OpenAPI collector, which must see them come.
 */
function addRoutes(app: FastifyInstance, routes: readonly Route[], before: readonly ((scope: FastifyInstance) => void)[]): void {
  app.register((scope, _, done) => {
    for (const add of before) add(scope);
    scope.register(compress, COMPRESSION);
    scope.register((inner, __, added) => {
      for (const route of routes) inner.route(fastifyRoute(route));
      added();
    });
    done();
  });
}

/** Of what was found; whatever else is answered (a problem, say) is not what a client may keep. */
function addEntityTags(scope: FastifyInstance): void {
  scope.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 200 || !(typeof payload === 'string' || payload instanceof Buffer)) return done(null, payload);
    const tag = entityTagOf(payload);
    reply.header('etag', tag);
    if (!hasTag(request.headers['if-none-match'], tag)) return done(null, payload);
    reply.code(304);
    done(null, '');
  });
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
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, sent: Buffer, done) => {
    const { bodyLimit: limit } = request.routeOptions;
    inflate(sent, { encoding: request.headers['content-encoding'], limit }, (error, body) => {
      if (error !== undefined) return done(error, undefined);
      try {
        done(null, parseBody(body, configOf(request)));
      } catch (thrown) {
        done(toProblem(thrown), undefined);
      }
    });
  });
}

function parseBody(body: Buffer, config: RouteConfig | undefined): unknown {
  if (config?.raw === true) return body;
  // An empty body where none is needed: clients that always send a content type.
  if (body.length === 0 && config?.accepted.length === 0) return undefined;
  return parseJson(readUtf8(body));
}

function addGuards(app: FastifyInstance, routes: readonly Route[], options: AppOptions & { readonly broken: BrokenRequests }): void {
  const hosts = hostPolicy([options.host, ...(options.allowedHosts ?? [])]);
  const origins = { origins: new Set(options.allowedOrigins ?? []) };
  app.addHook('onRequest', (request, reply, done) => {
    options.broken.read(request.raw, reply.raw);
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', configOf(request)?.revalidated === true ? 'no-cache' : 'no-store');
    const cors = corsHeaders(origins.origins, request.headers.origin);
    reply.headers(cors);
    const refused = checkHost(hosts, hostOf(request.url, request.headers.host)) ?? checkSingleHost(request.raw.rawHeaders);
    if (refused !== undefined) return done(refused);
    if (request.is404) return answerUnrouted(routes, request, { reply, done, cors });
    if (!WRITES.has(request.method)) return done();
    const { headers } = request;
    done(checkOrigin(origins, headers.origin, headers.host) ?? checkContent(configOf(request)?.accepted ?? [], headers));
  });
}

interface Hook {
  readonly reply: FastifyReply;
  readonly done: (error?: HttpProblem) => void;
  readonly cors: Readonly<Record<string, string>>;
}

/** OPTIONS says what there is; any other method that a path hasn't is refused. */
function answerUnrouted(routes: readonly Route[], { method, url }: FastifyRequest, { reply, done, cors }: Hook): void {
  const allowed = methodsAt(routes, url);
  if (allowed.length === 0) return done(new HttpProblem(404, 'route_not_found', `There is nothing at ${url.slice(0, 200)}.`));
  const headers = { allow: allowed.join(', ') };
  if (method === 'OPTIONS') return void reply.code(204).headers({ ...headers, ...preflightHeaders(cors, headers.allow) }).send();
  done(new HttpProblem(405, 'method_not_allowed', `${method} is not one of ${headers.allow}.`, { headers }));
}

function addErrors(app: FastifyInstance, { log }: AppOptions): void {
  const tell = createAnswerLog(log, () => performance.now());
  const answer = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = toProblem(thrown);
    tell({ requestId: request.id, call: `${request.method} ${configOf(request)?.pattern ?? 'unmatched'}` }, error);
    // Fastify closes after a body it could not take. A client that is still sending would then see a broken pipe instead of
    // the answer; left open, Node reads the rest away, for as long as a request may take.
    reply.removeHeader('connection');
    answerProblem(error, request, reply);
  };
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => answer(new HttpProblem(404, 'route_not_found', 'There is nothing here.'), request, reply));
}

function answerProblem(error: HttpProblem, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(error.status).headers({ 'x-request-id': request.id, ...error.headers }).type(PROBLEM_MEDIA_TYPE);
  void reply.send(JSON.stringify(problemBody(error, request.id)));
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

async function drain(app: FastifyInstance, drainMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
  // A connection that was busy when the close began would be kept alive by its client until the cut.
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(idle);
  }
}

