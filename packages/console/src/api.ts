/**
 * The REST API as the page calls it: JSON in, JSON out, one kind of error, a deadline on everything.
 * 1. Ids go into an address only through `pathOf`, so no id can name another resource.
 * 2. A failure says what it means for the page: nobody answers, the process is starting, or this request was refused.
 */

export type Trouble = 'offline' | 'starting' | 'refused';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly trouble: Trouble;
  readonly status: number;
  readonly code: string;

  constructor(trouble: Trouble, detail: string, answer: { readonly status: number; readonly code: string }) {
    super(detail);
    this.trouble = trouble;
    this.status = answer.status;
    this.code = answer.code;
  }
}

export interface Api {
  get<T>(path: string): Promise<T>;
  text(path: string): Promise<string>;
  post<T>(path: string, body: unknown): Promise<T>;
}

const DEADLINE_MS = 8_000;

export function createApi(): Api {
  return {
    get: async <T>(path: string) => (await (await call(path, {})).json()) as T,
    text: async (path) => (await call(path, {})).text(),
    post: async <T>(path: string, body: unknown) =>
      (await (await call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()) as T,
  };
}

/** Dots alone would be taken for a step up by every client of HTTP. */
export function isAddressable(id: string): boolean {
  return id.trim() !== '' && id !== '.' && id !== '..' && !/\p{Surrogate}/u.test(id);
}

/** `pathOf('users', id, 'history')` → `/v1/users/…/history` */
export function pathOf(...parts: readonly string[]): string {
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
}

async function call(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
  } catch {
    throw new ApiError('offline', 'Nobody answers.', { status: 0, code: 'offline' });
  }
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as { readonly detail?: string; readonly code?: string };
  const trouble = answer.status === 503 ? 'starting' : 'refused';
  throw new ApiError(trouble, problem.detail ?? `Status ${answer.status}`, { status: answer.status, code: problem.code ?? '' });
}
