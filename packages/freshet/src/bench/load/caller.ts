/** One caller that waits for each answer: for setting things up, asking and polling beside the measured load. */
import { FreshetError } from '@freshet/shared/errors';
import { openConnection, type Answer, type Target } from './connection.js';
import { encodeGet, encodePost } from './request.js';

export interface Caller {
  /** Any status; rejects when there is no answer. */
  get(path: string): Promise<Answer>;
  /** Rejects on a status of 400 or more; the body is JSON. */
  getJson(path: string): Promise<Readonly<Record<string, unknown>>>;
  postJson(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>>;
  close(): void;
}

/** `limitMs`: how long an answer may take, as `openConnection` has it. */
export function createCaller(target: Target, limitMs?: number): Caller {
  const connection = openConnection(target, limitMs);
  return {
    get: (path) => connection.send(encodeGet(path)),
    getJson: async (path) => parse(path, await connection.send(encodeGet(path))),
    postJson: async (path, body) => parse(path, await connection.send(encodePost(path, body))),
    close: () => connection.close(),
  };
}

function parse(path: string, { status, body }: Answer): Readonly<Record<string, unknown>> {
  const text = body.toString('utf8');
  if (status >= 400) throw new FreshetError('bench_request', `${path} answered ${status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

/** A number that an answer must have. */
export function numberIn(answer: Readonly<Record<string, unknown>>, field: string): number {
  const value = answer[field];
  if (typeof value === 'number') return value;
  throw new FreshetError('bench_answer', `the answer has no number "${field}": ${JSON.stringify(answer).slice(0, 300)}`);
}
