/**
 * Errors as HTTP answers: RFC 9457 `application/problem+json`.
 * In: anything thrown. Out: status, headers and a body with a stable `code`.
 *
 * 1. A handler throws `problem(...)` for what a caller did; every other Freshet error has one row in the table below.
 * 2. What nobody expected is `internal`: its message is logged, never answered.
 * 3. `pointer` is a JSON pointer into the body; `/query/name` and `/path/name` for the other two places.
 */
import { Type } from 'typebox';
import { CapacityError, FreshetError, UnavailableError, UsageError } from '../errors.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
const RETRY_AFTER_SECONDS = 1;

export interface ProblemItem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemItem[];
  readonly request_id: string;
}

/** The same shape for OpenAPI. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Where this code is documented.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; safe to match on.' }),
    detail: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), detail: Type.String() }))),
    request_id: Type.String(),
  },
  { description: 'RFC 9457 problem' },
);

export interface ProblemOptions {
  readonly errors?: readonly ProblemItem[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error whose meaning is a certain HTTP answer. */
export class HttpProblem extends FreshetError {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly errors: readonly ProblemItem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(code, detail, { retryable: status === 429 || status === 503, cause: options.cause });
    this.status = status;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? (this.retryable ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {});
  }
}

interface ProblemContent {
  readonly detail: string;
  readonly options?: ProblemOptions;
}

/** `throw problem(404, 'item_not_found', { detail: '…' })` */
export function problem(status: number, code: string, content: ProblemContent): HttpProblem {
  return new HttpProblem(status, code, content.detail, content.options);
}

/** Every thrown value has exactly one answer. */
export function toProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (thrown instanceof CapacityError) return new HttpProblem(507, thrown.code, thrown.message, { cause: thrown });
  if (thrown instanceof UnavailableError) return new HttpProblem(503, thrown.code, thrown.message, { cause: thrown });
  if (thrown instanceof UsageError) return new HttpProblem(422, thrown.code, thrown.message, { cause: thrown });
  return fromFramework(thrown) ?? new HttpProblem(500, 'internal', 'Something unexpected went wrong; the log has it under this request id.', { cause: thrown });
}

/** What the HTTP framework itself refuses, by its code; anything else of it that is the caller's fault keeps its status. */
const FRAMEWORK: Readonly<Record<string, readonly [status: number, code: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'body_too_large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'media_type_not_supported'],
  FST_ERR_CTP_EMPTY_TYPE: [415, 'media_type_not_supported'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'malformed_json'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'content_length_mismatch'],
};

function fromFramework(thrown: unknown): HttpProblem | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? FRAMEWORK[code] : undefined;
  if (known !== undefined) return new HttpProblem(known[0], known[1], thrown.message, { cause: thrown });
  if (typeof code !== 'string' || !code.startsWith('FST_')) return undefined;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined;
  return new HttpProblem(statusCode, 'bad_request', thrown.message, { cause: thrown });
}

export function problemBody(error: HttpProblem, requestId: string): ProblemBody {
  return {
    type: `/docs/errors#${error.code}`,
    title: TITLES[error.status] ?? 'Error',
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
    request_id: requestId,
  };
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Authentication needed',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Media type not supported',
  421: 'Misdirected request',
  422: 'Unprocessable content',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Service unavailable',
  507: 'Insufficient storage',
};
