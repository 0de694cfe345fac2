/**
 * What a route's handlers may have under way. In: the route's limits. Out: a gate that each of its requests goes through.
 *
 * 1. Only work that waits is counted and timed: a handler that answers at once pays nothing.
 * 2. A request beyond the limit is refused before its handler runs; work past its deadline is answered, and still counts until it ends.
 */
import { toError } from '../errors.js';
import { HttpProblem } from './problem.js';
import type { HttpReply, Route } from './route.js';

const DEFAULT_DEADLINE_MS = 30_000;
const DEFAULT_IN_FLIGHT = 1_000;

export interface Gate {
  /** Throws a 503 problem when as much waits as may. */
  admit(): void;
  /** Exactly one of the two is called, once. */
  pass(work: Promise<HttpReply>, answer: (reply: HttpReply) => void, refuse: (error: Error) => void): void;
}

export function createGate({ deadlineMs = DEFAULT_DEADLINE_MS, maxInFlight = DEFAULT_IN_FLIGHT }: Pick<Route, 'deadlineMs' | 'maxInFlight'>): Gate {
  let inFlight = 0;
  return {
    admit() {
      if (inFlight >= maxInFlight) throw new HttpProblem(503, 'too_many_in_flight', `${maxInFlight} requests of this route wait already.`);
    },
    pass(work, answer, refuse) {
      inFlight++;
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        refuse(new HttpProblem(503, 'deadline_exceeded', `There was no answer within ${deadlineMs / 1_000} s.`));
      }, deadlineMs);
      const ended = (): boolean => {
        inFlight--;
        clearTimeout(timer);
        return late;
      };
      work.then(
        (reply) => void (ended() || answer(reply)),
        (thrown: unknown) => void (ended() || refuse(toError(thrown))),
      );
    },
  };
}
