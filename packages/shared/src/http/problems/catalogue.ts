/**
 * Every code that an answer, an item of an answer or a dead letter can carry: what it means and what to do about it.
 * `/docs/errors` of a running process and docs/ERRORS.md are made from it.
 *
 * 1. `HttpProblem` and the cleaning code take only codes of this catalogue (the compiler checks), and what another error
 *    brings is replaced by one of them (problem.ts): no answer has a code that isn't documented.
 * 2. Each code is used; a test looks for it.
 */
import type { Entry } from './entry.js';
import { ITEM_PROBLEMS } from './items.js';
import { JOB_PROBLEMS } from './jobs.js';
import { REQUEST_PROBLEMS } from './requests.js';
import { SERVER_PROBLEMS } from './server.js';

const ENTRIES = { ...REQUEST_PROBLEMS, ...ITEM_PROBLEMS, ...JOB_PROBLEMS, ...SERVER_PROBLEMS };

export type ProblemCode = keyof typeof ENTRIES;

export interface ProblemEntry extends Entry {
  readonly code: ProblemCode;
}

/** In the order in which a reader meets them: the request, its items, jobs and dead letters, the server. */
export const PROBLEMS: readonly ProblemEntry[] = Object.entries(ENTRIES).map(([code, entry]) => ({ code: code as ProblemCode, ...entry }));

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(ENTRIES, code);
}

export function titleOf(code: ProblemCode): string {
  return ENTRIES[code].title;
}
