/**
 * What the log says about answers that are problems. In: the request and its problem. Out: at most one line.
 *
 * 1. `internal` is nobody's plan: an error line with the stack, each time.
 * 2. Trouble that somebody should look at (503, 507) is one warning without a stack, at most every 10 s for each code; how
 *    many others were answered so since then stands in the next.
 * 3. What callers do wrong, and a process that is starting, is one debug line.
 */
import { toError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { HttpProblem } from './problem.js';
import type { ProblemCode } from './problems/catalogue.js';

export interface Answered {
  readonly requestId: string;
  /** Method and the route's pattern. */
  readonly call: string;
}

export type AnswerLog = (answered: Answered, problem: HttpProblem) => void;

const QUIET_MS = 10_000;
/** A supervisor asks until it is over. */
const EXPECTED: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['serving_starting', 'stopping']);

/** `now`: milliseconds of any clock that doesn't go back. */
export function createAnswerLog(log: Logger, now: () => number): AnswerLog {
  const warned = new Map<ProblemCode, { at: number; others: number }>();
  return ({ requestId, call }, problem) => {
    const { code, status } = problem;
    if (code === 'internal') return log.error(`${call} failed`, { request_id: requestId, code, error: problem.cause ?? problem });
    const line = { request_id: requestId, status, code, detail: problem.message, ...causeOf(problem) };
    if (status < 500 || EXPECTED.has(code)) return log.debug(`${call} was refused`, line);
    const last = warned.get(code);
    if (last !== undefined && now() - last.at < QUIET_MS) {
      last.others++;
      return log.debug(`${call} failed`, line);
    }
    warned.set(code, { at: now(), others: 0 });
    log.warn(`${call} failed`, { ...line, ...(last === undefined || last.others === 0 ? {} : { others: last.others }) });
  };
}

/** Its sentence; the cause of a problem that was made from another error often says no more than that one's own cause. */
function causeOf({ cause, message }: HttpProblem): { cause?: string } {
  if (cause === undefined) return {};
  const error = toError(cause);
  const said = error.message === message && error.cause !== undefined ? toError(error.cause).message : error.message;
  return said === message ? {} : { cause: said };
}
