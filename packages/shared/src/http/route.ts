/**
 * A route as the packages write it: schemas, documentation and a handler, without the HTTP framework.
 *
 * Paths are written as in OpenAPI: `/v1/items/{id}`, `/v1/items:batch`, `/v1/recommendations/{id}:next`.
 * A handler returns its answer or throws (`problem(...)` or any error, see problem.ts); it may be synchronous.
 */
import type { Static, TSchema } from 'typebox';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest<P extends TSchema, Q extends TSchema, B extends TSchema> {
  readonly id: string;
  readonly params: Static<P>;
  readonly query: Static<Q>;
  /** Validated; `undefined` on routes without a body schema and on raw routes. */
  readonly body: Static<B>;
  /** The bytes as sent on raw routes; empty elsewhere. */
  readonly rawBody: Buffer;
  /** Media type of a raw body, without parameters. */
  readonly mediaType: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface HttpReply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is serialised by the response schema of its status; a string or buffer goes out as it is (set `content-type`). */
  readonly body?: unknown;
}

/** One call that works once the examples of the writes have been sent: for readers, and for the test that runs it. */
export interface RouteExample {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
}

export interface Route<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema> {
  readonly method: HttpMethod;
  readonly path: string;
  /** Unique; the name clients generate a function from. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Media types handed over as bytes; then `body` only documents, and the handler parses and checks. */
  readonly rawBody?: readonly string[];
  /** Bytes; default is the server's. */
  readonly bodyLimit?: number;
  /** How long a handler that waits may take before the answer is 503; default 30 s. */
  readonly deadlineMs?: number;
  /** Requests of this route that may wait for something at once; one more is answered 503. Default 1,000. */
  readonly maxInFlight?: number;
  /** Answers bear an entity tag, and one that a client has already is answered 304 without a body. For GET. */
  readonly revalidated?: true;
  /** By status. Properties that a schema doesn't name are not sent. */
  readonly responses: Readonly<Record<number, TSchema>>;
  /** Every route has one that isn't hidden; a test looks for it. */
  readonly example?: RouteExample;
  /** Leaves the route out of OpenAPI. */
  readonly hidden?: boolean;
  readonly handler: (request: HttpRequest<P, Q, B>) => HttpReply | Promise<HttpReply>;
}

export interface RouteRegistrar {
  /** Before `listen`; throws afterwards. */
  route<P extends TSchema, Q extends TSchema, B extends TSchema>(route: Route<P, Q, B>): void;
}

/** Media types the route reads; empty for none. */
export function acceptedMediaTypes(route: Pick<Route, 'body' | 'rawBody'>): readonly string[] {
  return route.rawBody ?? (route.body === undefined ? [] : ['application/json']);
}

/** OpenAPI path → the router's: `{id}` → `:id`, a literal colon → `::`; an id before a verb may hold colons itself. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}(:?)|:/g, (_, name: string | undefined, colon: string) => {
    if (name === undefined) return '::';
    return colon === '' ? `:${name}` : `:${name}(.+)::`;
  });
}

/** The methods a path has, for `Allow`; used only when nothing matched. HEAD comes with GET, OPTIONS with everything. */
export function methodsAt(routes: readonly Pick<Route, 'method' | 'path'>[], url: string): readonly string[] {
  const [path = ''] = url.split('?', 1);
  const own = new Set(routes.flatMap((route) => (matcher(route.path).test(path) ? [route.method] : [])));
  if (own.size === 0) return [];
  return [...own, ...(own.has('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

function matcher(path: string): RegExp {
  const pattern = path.split(/\{\w+\}/).map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pattern.join('[^/]+')}$`);
}
