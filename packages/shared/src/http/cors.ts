/**
 * What browsers are told about pages of other origins (CORS). In: the allowed origins, a request's origin. Out: headers.
 *
 * 1. Only a configured origin gets any: without them a browser hides our answers from foreign pages and doesn't send
 *    their JSON at all.
 * 2. No credentials: the API has no cookies.
 */
type Headers = Readonly<Record<string, string>>;

const PREFLIGHT_SECONDS = 600;
const NONE: Headers = {};

/** Of every answer to a page of this origin. */
export function corsHeaders(origins: ReadonlySet<string>, origin: string | undefined): Headers {
  if (origins.size === 0) return NONE;
  // Also without them: a cache must not give one origin's answer to another.
  if (origin === undefined || !origins.has(origin)) return { vary: 'origin' };
  return { vary: 'origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': 'x-request-id, retry-after' };
}

/** Of the answer to OPTIONS beside `corsHeaders`. */
export function preflightHeaders(cors: Headers, methods: string): Headers {
  if (cors['access-control-allow-origin'] === undefined) return NONE;
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': 'content-type, content-encoding, idempotency-key, prefer, x-request-id',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  };
}
