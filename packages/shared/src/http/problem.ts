/**
 * Errors as HTTP answers: RFC 9457 `application/problem+json`.
 * In: anything thrown. Out: status, headers and a body with a stable `code`.
 *
 * 1. A handler throws `problem(...)` for what a caller did; every other Freshet error has one row in `toProblem`.
 * 2. Every code is one of the catalogue (problems/catalogue.ts), which `type` points to.
 * 3. What nobody expected is `internal`: its message is logged, never answered.
 * 4. `pointer` is a JSON pointer into the body; `/query/name` and `/path/name` for the other two places.
 */
import { Type } from 'typebox';
import { CapacityError, FreshetError, UnavailableError, UsageError } from '../errors.js';
import { isProblemCode, type ProblemCode, titleOf } from './problems/catalogue.js';

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

/** With a full stop, where it doesn't end already. */
export function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** An error whose meaning is a certain HTTP answer. */
export class HttpProblem extends FreshetError {
  override readonly name = 'HttpProblem';
  declare readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly ProblemItem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: ProblemCode, detail: string, options: ProblemOptions = {}) {
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
export function problem(status: number, code: ProblemCode, content: ProblemContent): HttpProblem {
  return new HttpProblem(status, code, content.detail, content.options);
}

/** Every thrown value has exactly one answer. */
export function toProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  const cause = { cause: thrown };
  if (thrown instanceof CapacityError) return new HttpProblem(507, known(thrown, 'capacity'), thrown.message, cause);
  if (thrown instanceof UnavailableError) return new HttpProblem(503, known(thrown, 'unavailable'), thrown.message, cause);
  if (thrown instanceof UsageError) return new HttpProblem(503, 'misconfigured', 'A setting of this server can’t be used; its log says which.', cause);
  return fromFramework(thrown) ?? new HttpProblem(500, 'internal', 'Something unexpected went wrong; the log has it under this request id.', cause);
}

function known({ code }: FreshetError, otherwise: ProblemCode): ProblemCode {
  return isProblemCode(code) ? code : otherwise;
}

/** What the HTTP framework itself refuses, by its code; anything else of it that is the caller's fault is a `bad_request`. */
const FRAMEWORK: Readonly<Record<string, readonly [status: number, code: ProblemCode]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'body_too_large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'media_type_not_supported'],
  FST_ERR_CTP_EMPTY_TYPE: [415, 'media_type_not_supported'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'content_length_mismatch'],
  FST_ERR_BAD_URL: [400, 'malformed_url'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'uri_too_long'],
};

function fromFramework(thrown: unknown): HttpProblem | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  // Node's own words when a connection ends inside a body.
  if (code === 'ECONNRESET' && thrown.message === 'aborted') return new HttpProblem(400, 'request_aborted', 'The client went away.', { cause: thrown });
  const refused = typeof code === 'string' ? FRAMEWORK[code] : undefined;
  if (refused !== undefined) return new HttpProblem(refused[0], refused[1], thrown.message, { cause: thrown });
  if (typeof code !== 'string' || !code.startsWith('FST_')) return undefined;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined;
  return new HttpProblem(400, 'bad_request', thrown.message, { cause: thrown });
}

export function problemBody(error: HttpProblem, requestId: string): ProblemBody {
  return {
    type: `/docs/errors#${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
    request_id: requestId,
  };
}
