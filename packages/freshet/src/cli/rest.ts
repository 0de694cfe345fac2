/**
 * A running Freshet's REST API, for the commands that talk to one (`--url`, FRESHET_URL).
 *
 * 1. Every failure is a `FreshetError` with one sentence: a problem's detail and where it points, nothing listening, no answer in time.
 * 2. A problem keeps its code; `retryable` says whether the same call may succeed later (429, 503, nobody answers).
 * 3. With `retryMs`, retryable failures are tried again until then, as late as `Retry-After` asks. Give it only to calls
 *    that may arrive twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FreshetError, toError, UnavailableError, UsageError } from '@freshet/shared/errors';
import { problemSentence, readProblem } from './rest-problem.js';

export interface RestOptions {
  /** Such as `http://127.0.0.1:8080`; a path in it is kept. */
  readonly url: string;
  /** How long an answer may take; default 30 s. */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  /** Undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** How long to try again what may succeed later; default 0. */
  readonly retryMs?: number;
}

/** Paths begin with a slash. What is read has the shape that docs/API.md gives it; it is not checked again. */
export interface RestClient {
  readonly url: string;
  get<T>(path: string, options?: CallOptions): Promise<T>;
  post<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
  put<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
  patch<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
  delete<T>(path: string, options?: CallOptions): Promise<T>;
  /** One JSON text a line. */
  postLines<T>(path: string, lines: readonly string[], options?: CallOptions): Promise<T>;
  /** A body that is text already, sent once; what fails is returned: for callers with a policy of their own. */
  attempt<T>(path: string, body: TextBody, options?: Omit<CallOptions, 'retryMs'>): Promise<Attempt<T>>;
  /** An answer as text, such as `/metrics`. */
  text(path: string, options?: CallOptions): Promise<string>;
}

export interface TextBody {
  /** Media type. */
  readonly type: string;
  readonly text: string;
}

export type Attempt<T> = { readonly answer: T } | Failure;

export interface Failure {
  readonly error: FreshetError;
  /** Undefined when nobody answered. */
  readonly status?: number;
  /** How long to wait, if the answer says so. */
  readonly retryAfterMs?: number | undefined;
}

interface Call extends CallOptions {
  readonly method: string;
  readonly path: string;
  readonly body?: TextBody;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export function createRestClient({ url, timeoutMs = DEFAULT_TIMEOUT_MS }: RestOptions): RestClient {
  const base = checkUrl(url);
  const send = (call: Call): Promise<string> => sendUntil({ timeoutMs, ...call }, base);
  const json = async <T>(call: Call): Promise<T> => parseAnswer(await send(call), base) as T;
  const toBody = (value: unknown) => ({ type: 'application/json', text: JSON.stringify(value) });
  return {
    url: base,
    get: (path, options) => json({ ...options, method: 'GET', path }),
    post: (path, body, options) => json({ ...options, method: 'POST', path, body: toBody(body) }),
    put: (path, body, options) => json({ ...options, method: 'PUT', path, body: toBody(body) }),
    patch: (path, body, options) => json({ ...options, method: 'PATCH', path, body: toBody(body) }),
    delete: (path, options) => json({ ...options, method: 'DELETE', path }),
    postLines: (path, lines, options) => json({ ...options, method: 'POST', path, body: { type: 'application/x-ndjson', text: lines.join('\n') } }),
    async attempt<T>(path: string, body: TextBody, options?: Omit<CallOptions, 'retryMs'>) {
      const outcome = await sendOnce({ timeoutMs, ...options, method: 'POST', path, body }, base);
      return 'text' in outcome ? { answer: parseAnswer(outcome.text, base) as T } : outcome;
    },
    text: (path, options) => send({ ...options, method: 'GET', path }),
  };
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new UsageError('url', `“${text}” is not an address of a running Freshet; give one such as http://127.0.0.1:8080 with --url or FRESHET_URL`);
  return text.replace(/\/+$/, '');
}

async function sendUntil(call: Call & { readonly timeoutMs: number }, base: string): Promise<string> {
  const deadline = performance.now() + (call.retryMs ?? 0);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const outcome = await sendOnce(call, base);
    if ('text' in outcome) return outcome.text;
    const waitMs = outcome.retryAfterMs ?? pause;
    if (!outcome.error.retryable || performance.now() + waitMs > deadline) throw outcome.error;
    await sleep(waitMs, undefined, call.signal === undefined ? {} : { signal: call.signal });
  }
}

type Outcome = { readonly text: string } | Failure;

async function sendOnce(call: Call & { readonly timeoutMs: number }, base: string): Promise<Outcome> {
  const { method, path, signal, timeoutMs } = call;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(`${base}${path}${queryOf(call)}`, toRequest(call, timeout));
    const text = await answer.text();
    return answer.ok ? { text } : { error: refused(answer, text, `${method} ${base}${path}`), status: answer.status, retryAfterMs: retryAfter(answer) };
  } catch (thrown) {
    if (signal?.aborted === true) throw toError(thrown);
    if (timeout.aborted) return { error: new UnavailableError('no_answer', `${base} did not answer ${method} ${path} within ${timeoutMs / 1_000} s`, { cause: thrown }) };
    return { error: notReached(base, thrown) };
  }
}

function queryOf({ query = {} }: Call): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function toRequest({ method, body, headers, signal }: Call, timeout: AbortSignal): RequestInit {
  return {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': body.type }), ...headers },
    ...(body === undefined ? {} : { body: body.text }),
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  };
}

function refused(answer: Response, text: string, call: string): FreshetError {
  const problem = readProblem(text);
  const retryable = answer.status === 429 || answer.status === 503;
  if (problem !== undefined) return new FreshetError(problem.code, problemSentence(problem), { retryable });
  return new FreshetError('unexpected_answer', `${call} was answered with ${answer.status}, and not by Freshet: is something else listening there?`, { retryable });
}

function notReached(base: string, thrown: unknown): UnavailableError {
  return new UnavailableError('nothing_answers', `nothing answers at ${base}: start Freshet with \`freshet start\`, or give --url`, { cause: innermost(toError(thrown)) });
}

/** fetch says only “fetch failed”; its cause says why. */
function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

function retryAfter(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

function parseAnswer(text: string, base: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FreshetError('unexpected_answer', `${base} answered with something that is not JSON: is something else listening there?`, { cause });
  }
}
